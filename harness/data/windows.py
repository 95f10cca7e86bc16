"""Cuts series into windows, split in time order."""

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from harness.checks import at_least
from harness.data.framing import SeriesFraming
from harness.data.gaps import settle
from harness.data.scaling import fit_scaling
from harness.data.splits import Spans, spans_of_fold
from harness.errors import InputError
from harness.spec import Dataset, Series, Split


def cut(several: Sequence[Series], framing: SeriesFraming, fold: int) -> Dataset:
    """Windows of one or more series, in the three splits of a fold, with one scaling.

    The rows of each series are split first. A window belongs to the split in which all its targets lie; the lookback of
    a validation or test window may reach back into the split before, as in the LTSF-Linear protocol (arXiv 2205.13504).
    Windows whose targets straddle a border belong to none, so no validation or test value is seen in training. Rows
    before the train span and behind the test span are not used.

    Returns:
        a Dataset, series after series. Of one series, x and y are read-only views of one array, unless windows were
        dropped. `index` counts the windows of the whole series at this stride, also those that are in no split, on
        from one series to the next; `samples` is their number.

    Raises:
        InputError: a length below 1, series that do not fit each other, a series too short, bad split lengths, no such
            fold, an empty split, infinite values, missing values that `missing` does not settle, an unknown `missing`
            or `normalise`.
    """
    for key in ("lookback", "outputs", "stride"):
        at_least(f"data.{key}", getattr(framing, key), 1)
    first = several[0]
    if first.season is not None:
        at_least("data.season", first.season, 1)
    _check_alike(several)
    needed = framing.lookback + framing.outputs
    for series in several:
        if len(series.values) < needed:
            raise InputError(
                "data.lookback",
                f"{framing.lookback} rows of lookback and {framing.outputs} outputs need {needed} rows, "
                f"{_called(series, several)} has {len(series.values)}",
                "Write a smaller data.lookback or data.outputs, or give a longer series",
            )
    counts = [len(series.values) for series in several]
    placed = spans_of_fold(framing.split, framing.train_span, fold, counts, "rows", needed)
    samples = [(count - needed) // framing.stride + 1 for count in counts]
    parts: dict[str, list[Split]] = {name: [] for name in Spans._fields}
    rows = []
    for i, (series, spans) in enumerate(zip(several, placed, strict=True)):
        try:
            values = _usable(series, spans, framing.missing)
            for name, splits in parts.items():
                x, y, index = _windows(values, series.target, framing, spans, name)
                splits.append(Split(x, y, sum(samples[:i]) + index, sum(samples), series=np.full(len(x), i)))
        except InputError as error:
            raise _named(error, series, several) from error
        rows.append(values[spans.train.start : spans.train.end])
    train, validation, test = (_joined(splits) for splits in parts.values())
    scaling = fit_scaling(train, normalise=framing.normalise, target=first.target, rows=np.concatenate(rows))
    names = tuple(series.name for series in several)
    return Dataset(train, validation, test, scaling, first.target, first.season, first.unit, names)


def _check_alike(several: Sequence[Series]) -> None:
    """Raises InputError where a series is no table of float64, or the series do not fit each other."""
    first = several[0]
    for series in several:
        values = series.values
        if not isinstance(values, np.ndarray) or values.ndim != 2 or values.dtype != np.float64:
            found = f"{getattr(values, 'dtype', type(values).__name__)} {list(getattr(values, 'shape', []))}"
            raise InputError("data", f"the source gave values of {found}", "Return float64 [rows, columns]")
        if type(series.target) is not int or not 0 <= series.target < values.shape[1]:
            instead = f"Return a column from 0 to {values.shape[1] - 1}"
            raise InputError("data", f"the source gave the target {series.target!r}", instead)
        for kind, value, expected in (
            ("columns", values.shape[1], first.values.shape[1]),
            ("target", series.target, first.target),
            ("season", series.season, first.season),
            ("unit", series.unit, first.unit),
        ):
            if value != expected:
                found = f"{kind} {value!r} in {_called(series, several)} and {expected!r} in {_called(first, several)}"
                raise InputError("data", found, "Return series of one kind: they are scaled and evaluated together")
    names = [series.name for series in several]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError("data", f"two series are called {twice[0]!r}", "Return each series under a name of its own")


def _usable(series: Series, spans: Spans, missing: str) -> np.ndarray:
    """The rows up to the end of the test span, as windows may be cut from them."""
    values = series.values[: spans.test.end]
    _refuse_infinite(values, spans.train.start)
    return settle(values, spans, series.target, missing)


def _windows(
    values: np.ndarray, target: int, framing: SeriesFraming, spans: Spans, name: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(x, y, index) of the windows whose targets all lie in the span `name`, and that begin in a span."""
    lookback, outputs, stride = framing.lookback, framing.outputs, framing.stride
    start, end = getattr(spans, name)
    first = -(-max(spans.train.start, start - lookback) // stride)
    past = (end - lookback - outputs) // stride + 1
    if past <= first:
        needed = first * stride + lookback + outputs - start
        raise InputError(
            "data.split",
            f"the {name} split is empty: it has {end - start} rows and needs {needed} for one window",
            f"Write a larger {name} length, or a smaller data.lookback or data.outputs",
        )
    index = np.arange(first, past)
    at = slice(first * stride, (past - 1) * stride + 1, stride)
    x = sliding_window_view(values, lookback, axis=0)[at].transpose(0, 2, 1)
    y = sliding_window_view(values[lookback:, target], outputs)[at]
    gaps = np.isnan(values)
    gap_in_x = sliding_window_view(gaps.any(axis=1), lookback)[at].any(axis=1)
    gap_in_y = sliding_window_view(gaps[lookback:, target], outputs)[at].any(axis=1)
    whole = ~(gap_in_x | gap_in_y)
    if whole.all():
        return x, y, index
    if not whole.any():
        raise InputError(
            "data.missing",
            f"got drop, and each of the {len(index)} {name} windows holds a missing value",
            "Write data.missing=interpolate, or a smaller data.lookback or data.outputs",
        )
    return x[whole], y[whole], index[whole]


def _joined(splits: Sequence[Split]) -> Split:
    """The same split of each series, one after another."""
    if len(splits) == 1:
        return splits[0]
    x, y, index, series = (
        np.concatenate([getattr(split, name) for split in splits]) for name in ("x", "y", "index", "series")
    )
    return Split(x, y, index, splits[0].samples, series=series)


def _refuse_infinite(values: np.ndarray, start: int) -> None:
    infinite = np.isinf(values)
    infinite[:start] = False
    if infinite.any():
        row, column = (int(i) for i in np.argwhere(infinite)[0])
        raise InputError(
            "data",
            f"{int(infinite.sum())} values are infinite, the first in row {row}, column {column} (counted from 0)",
            "Replace them in the data, or leave them empty and write data.missing=interpolate or data.missing=drop",
        )


def _called(series: Series, several: Sequence[Series]) -> str:
    return "the series" if len(several) == 1 else f"the series {series.name!r}"


def _named(error: InputError, series: Series, several: Sequence[Series]) -> InputError:
    """The error with the name of its series, where there are several."""
    if len(several) == 1:
        return error
    return InputError(error.key, f"in {_called(series, several)} {error.found}", error.instead)
