"""Cuts series into windows, split in time order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from harness.checks import at_least
from harness.data.alike import called, check_alike
from harness.data.framing import SeriesFraming
from harness.data.gaps import DROP, check_missing, histories, note_on_missing
from harness.data.scaling import fit_scaling
from harness.data.splits import Spans, spans_of_fold
from harness.data.standardised import standardised
from harness.errors import InputError
from harness.memory import check_memory
from harness.spec import Dataset, RowWindows, Series, Split


def cut(several: Sequence[Series], framing: SeriesFraming, fold: int) -> Dataset:
    """Windows of one or more series, in the three splits of a fold, with one scaling.

    The rows of each series are split first. A window belongs to the split in which all its targets lie; the lookback of
    a validation or test window may reach back into the split before, as in the LTSF-Linear protocol (arXiv 2205.13504).
    Windows whose targets straddle a border belong to none, so no validation or test value is seen in training. Rows
    before the train span and behind the test span are not used.

    A window whose targets hold a missing value is in no split; `missing` says what becomes of one in its history.

    Returns:
        a Dataset, series after series. Of x, and of y where there are several series, no window is copied; of one
        series, y is a read-only view, unless windows were left out. `index` counts the windows of the whole series at
        this stride, also those that are in no split, on from one series to the next; `samples` is their number. Its
        notes say how many windows were left out.

    Raises:
        InputError: a length below 1, series that do not fit each other, a series too short, bad split lengths, no such
            fold, an empty split, infinite values, missing values under refuse or in each window of a split, an unknown
            `missing` or `normalise`.
    """
    for key in ("lookback", "outputs", "stride"):
        at_least(f"data.{key}", getattr(framing, key), 1)
    first = several[0]
    if first.season is not None:
        at_least("data.season", first.season, 1)
    check_missing(framing.missing, first.season)
    check_alike(several)
    needed = framing.lookback + framing.outputs
    for series in several:
        if len(series.values) < needed:
            raise InputError(
                "data.lookback",
                f"{framing.lookback} rows of lookback and {framing.outputs} outputs need {needed} rows, "
                f"{called(series, several)} has {len(series.values)}",
                "Write a smaller data.lookback or data.outputs, or give a longer series",
            )
    counts = [len(series.values) for series in several]
    placed = spans_of_fold(framing.split, framing.train_span, fold, counts, "rows", needed)
    samples = [(count - needed) // framing.stride + 1 for count in counts]
    # As the network's targets, in single precision.
    size = 4 * sum(samples) * framing.outputs
    what = f"{sum(samples)} windows of {framing.outputs} outputs"
    check_memory(size, what, "data.outputs", "Write a smaller data.outputs, or a larger data.stride")
    cuts = []
    for series, spans in zip(several, placed, strict=True):
        try:
            cuts.append(_cut(series, spans, framing))
        except InputError as error:
            raise _named(error, series, several) from error
    rows = _Rows(cuts)
    train, validation, test = (_joined(cuts, name, rows, samples, framing) for name in Spans._fields)
    known = np.concatenate([each.train_rows for each in cuts])
    scaling = fit_scaling(
        train, normalise=framing.normalise, target=first.target, rows=known, indicators=first.indicators
    )
    names = tuple(series.name for series in several)
    notes = _notes(several, cuts, framing.missing)
    unit = cuts[0].series.unit
    return Dataset(train, validation, test, scaling, first.target, first.season, unit, names, notes)


@dataclass(frozen=True)
class _Part:
    """The windows of one series in one split: y, index as in a Split; left_out: how many are not among them."""

    y: np.ndarray
    index: np.ndarray
    left_out: int


@dataclass(frozen=True)
class _Cut:
    """One series, cut: the part of each split; its rows as a history holds them, [rows, columns], and as targets are,
    [rows]; its train rows, NaN where missing; how many values are filled.
    """

    series: Series
    parts: Mapping[str, _Part]
    past: np.ndarray
    target: np.ndarray
    train_rows: np.ndarray
    filled: int


class _Rows:
    """The rows of all series, one series after another; of one series none is copied.

    x: [rows, columns]; target: [rows]; times: [rows], or None where a series has none; beside: by name, [rows]; before:
    how many rows stand before each series.
    """

    def __init__(self, cuts: Sequence[_Cut]):
        self.x = _whole([each.past for each in cuts])
        self.target = _whole([each.target for each in cuts])
        ends = [len(each.past) for each in cuts]
        self.before = np.append(0, np.cumsum(ends))[:-1]
        times = [each.series.times for each in cuts]
        dated = [stamps[:end] for stamps, end in zip(times, ends, strict=True) if stamps is not None]
        # Of series with dates and without, the targets have none.
        self.times = _whole(dated) if len(dated) == len(times) else None
        self.beside = {
            name: _whole([each.series.beside[name][:end] for each, end in zip(cuts, ends, strict=True)])
            for name in cuts[0].series.beside
        }


def _cut(series: Series, spans: Spans, framing: SeriesFraming) -> _Cut:
    if series.standardised:
        series = standardised(series, spans.train)
    known, start = series.values[: spans.test.end], spans.train.start
    _refuse_infinite(known, start)
    used = known[start:]
    past = histories(used, framing.missing, series.season, series.note)
    filled = int(np.isnan(used).sum() - np.isnan(past).sum())
    # Rows before the train span are in no window.
    past = known if past is used else np.concatenate([known[:start], past])
    parts = {name: _part(series, past, known[:, series.target], framing, spans, name) for name in Spans._fields}
    return _Cut(series, parts, past, known[:, series.target], known[start : spans.train.end], filled)


def _part(
    series: Series, past: np.ndarray, target: np.ndarray, framing: SeriesFraming, spans: Spans, name: str
) -> _Part:
    """The windows whose targets all lie in the span `name`, and that begin in a span.

    past: [rows, columns], what histories hold; target: [rows], what targets are. NaN where missing.
    """
    lookback, outputs, stride = framing.lookback, framing.outputs, framing.stride
    start, end = getattr(spans, name)
    first = -(-max(spans.train.start, start - lookback) // stride)
    behind = (end - lookback - outputs) // stride + 1
    if behind <= first:
        needed = first * stride + lookback + outputs - start
        raise InputError(
            "data.split",
            f"the {name} split is empty: it has {end - start} rows and needs {needed} for one window",
            f"Write a larger {name} length, or a smaller data.lookback or data.outputs",
        )
    at = slice(first * stride, (behind - 1) * stride + 1, stride)
    y = sliding_window_view(target[lookback:], outputs)[at]
    index = np.arange(first, behind)
    gap_in_x = sliding_window_view(np.isnan(past).any(axis=1), lookback)[at].any(axis=1)
    gap_in_y = sliding_window_view(np.isnan(target[lookback:]), outputs)[at].any(axis=1)
    whole = ~(gap_in_x | gap_in_y)
    if whole.all():
        return _Part(y, index, 0)
    if not whole.any():
        held, other = ("value", "data.missing=last, or ") if framing.missing == DROP else ("target", "")
        raise InputError(
            "data.missing",
            f"got {framing.missing}, and each of the {len(index)} {name} windows holds a missing {held}",
            f"Write {other}a smaller data.lookback or data.outputs, or another data.split",
        )
    return _Part(y[whole], index[whole], int(np.sum(~whole)))


def _joined(cuts: Sequence[_Cut], name: str, rows: _Rows, samples: Sequence[int], framing: SeriesFraming) -> Split:
    """The split `name` of each series, one after another; samples: how many windows each whole series has."""
    parts = [each.parts[name] for each in cuts]
    before = np.append(0, np.cumsum(samples))
    index = np.concatenate([start + part.index for start, part in zip(before[:-1], parts, strict=True)])
    series = np.repeat(np.arange(len(parts)), [len(part.index) for part in parts])
    places = [start + part.index * framing.stride for start, part in zip(rows.before, parts, strict=True)]
    starts = np.concatenate(places)
    ahead = starts + framing.lookback

    def at_targets(values: np.ndarray) -> RowWindows:
        return RowWindows(values, ahead, framing.outputs)

    return Split(
        RowWindows(rows.x, starts, framing.lookback),
        parts[0].y if len(parts) == 1 else at_targets(rows.target),
        index,
        int(before[-1]),
        series=series,
        times=None if rows.times is None else at_targets(rows.times),
        beside={column: at_targets(values) for column, values in rows.beside.items()},
    )


def _whole(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """One after another; of one array no copy is made."""
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _notes(several: Sequence[Series], cuts: Sequence[_Cut], missing: str) -> tuple[str, ...]:
    """What the sources say of their rows, each sentence once, and what missing values cost."""
    left_out = {}
    for name in Spans._fields:
        parts = [each.parts[name] for each in cuts]
        out = sum(part.left_out for part in parts)
        left_out[name] = out, out + sum(len(part.index) for part in parts)
    cost = note_on_missing(missing, sum(each.filled for each in cuts), left_out)
    return tuple(dict.fromkeys(note for note in (*(series.note for series in several), cost) if note))


def _refuse_infinite(values: np.ndarray, start: int) -> None:
    infinite = np.isinf(values)
    infinite[:start] = False
    if infinite.any():
        row, column = (int(i) for i in np.argwhere(infinite)[0])
        raise InputError(
            "data",
            f"{int(infinite.sum())} values are infinite, the first in row {row}, column {column} (counted from 0)",
            "Replace them in the data, or leave them empty and write data.missing=last or data.missing=drop",
        )


def _named(error: InputError, series: Series, several: Sequence[Series]) -> InputError:
    """The error with the name of its series, where there are several."""
    if len(several) == 1:
        return error
    return InputError(error.key, f"in {called(series, several)} {error.found}", error.instead)
