"""Cuts one series into windows, split in time order."""

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from harness.checks import at_least
from harness.data.gaps import NAMES, settle
from harness.data.scaling import fit_scaling
from harness.data.splits import borders
from harness.errors import InputError
from harness.spec import Dataset, Split


def cut(
    series: np.ndarray,
    *,
    target: int,
    lookback: int,
    outputs: int,
    stride: int,
    split: Sequence[float] | Sequence[int],
    missing: str,
    normalise: str,
    season: int | None,
    unit: str,
) -> Dataset:
    """Windows of a series, in three splits.

    The rows are split first. A window belongs to the split in which all its targets lie; the lookback of a validation
    or test window may reach back into the split before, as in the LTSF-Linear protocol (arXiv 2205.13504). Windows
    whose targets straddle a border belong to none, so no validation or test value is seen in training.

    Args:
        series: [rows, features] in time order, in own units, NaN where missing.
        target: the column to forecast.
        lookback, outputs, stride: in rows.
        split: three lengths [train, validation, test], fractions or whole numbers of rows.
        missing: interpolate | drop | refuse.
        normalise: last_value | standard | none.
        season: rows in one season, or None.

    Returns:
        a Dataset whose x and y are read-only views of one array, unless windows were dropped. `index` counts the
        windows of the whole series at this stride, also those that are in no split; `samples` is their number.

    Raises:
        InputError: a length below 1, a series too short, bad split lengths, an empty split, infinite values, missing
            values that `missing` does not settle, an unknown `missing` or `normalise`.
    """
    for key, value in (("lookback", lookback), ("outputs", outputs), ("stride", stride)):
        at_least(f"data.{key}", value, 1)
    if season is not None:
        at_least("data.season", season, 1)
    series = np.asarray(series, np.float64)
    rows = len(series)
    if rows < lookback + outputs:
        raise InputError(
            "data.lookback",
            f"{lookback} rows of lookback and {outputs} outputs need {lookback + outputs} rows, the series has {rows}",
            "Write a smaller data.lookback or data.outputs, or give a longer series",
        )
    ends = borders(split, rows, "rows")
    used = series[: ends[2]]
    _refuse_infinite(used)
    used = settle(used, ends, target, missing)
    spans = zip(NAMES, (0, *ends[:2]), ends, strict=True)
    shape = {"target": target, "lookback": lookback, "outputs": outputs, "stride": stride}
    samples = (rows - lookback - outputs) // stride + 1
    parts = [_windows(used, samples, *span, **shape) for span in spans]
    scaling = fit_scaling(parts[0], normalise=normalise, target=target, rows=used[: ends[0]])
    return Dataset(*parts, scaling=scaling, target=target, season=season, unit=unit)


def _windows(
    series: np.ndarray,
    samples: int,
    name: str,
    start: int,
    end: int,
    *,
    target: int,
    lookback: int,
    outputs: int,
    stride: int,
) -> Split:
    """The windows whose targets all lie in rows [start, end)."""
    first = max(0, -((lookback - start) // stride))
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
    x = sliding_window_view(series, lookback, axis=0)[at].transpose(0, 2, 1)
    y = sliding_window_view(series[lookback:, target], outputs)[at]
    gaps = np.isnan(series)
    gap_in_x = sliding_window_view(gaps.any(axis=1), lookback)[at].any(axis=1)
    gap_in_y = sliding_window_view(gaps[lookback:, target], outputs)[at].any(axis=1)
    whole = ~(gap_in_x | gap_in_y)
    if whole.all():
        return Split(x, y, index, samples)
    if not whole.any():
        raise InputError(
            "data.missing",
            f"got drop, and each of the {len(index)} {name} windows holds a missing value",
            "Write data.missing=interpolate, or a smaller data.lookback or data.outputs",
        )
    return Split(x[whole], y[whole], index[whole], samples)


def _refuse_infinite(series: np.ndarray) -> None:
    infinite = np.isinf(series)
    if infinite.any():
        row, column = (int(i) for i in np.argwhere(infinite)[0])
        raise InputError(
            "data",
            f"{int(infinite.sum())} values are infinite, the first in row {row}, column {column} (counted from 0)",
            "Replace them in the data, or leave them empty and write data.missing=interpolate or data.missing=drop",
        )
