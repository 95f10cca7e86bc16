"""What becomes of missing values, split by split."""

import numpy as np

from harness.checks import one_of
from harness.data.splits import Spans
from harness.errors import InputError


def settle(series: np.ndarray, spans: Spans, target: int, missing: str) -> np.ndarray:
    """The series [rows, features] as windows may be cut from it; rows before the train span are left as they are.

    interpolate fills each split from its own rows alone: linearly between two known values, and at a split's edge
    with the nearest known value. drop leaves NaN in place: windows that hold one are left out later. refuse wants none.

    Raises:
        InputError: an unknown `missing`, a NaN under refuse, or, under interpolate, a split with no known value.
    """
    one_of("data.missing", missing, ("interpolate", "drop", "refuse"))
    gaps = np.isnan(series)
    gaps[: spans.train.start] = False
    if missing == "drop" or not gaps.any():
        return series
    if missing == "refuse":
        row = int(np.flatnonzero(gaps.any(axis=1))[0])
        raise InputError(
            "data.missing",
            f"got refuse, and {int(gaps.sum())} values are missing, the first in row {row} (counted from 0)",
            "Write data.missing=interpolate or data.missing=drop, or fill them in the data",
        )
    filled = series.copy()
    for name, (start, end) in spans._asdict().items():
        for column in np.flatnonzero(gaps[start:end].any(axis=0)):
            filled[start:end, column] = _interpolate(series[start:end, column], name, int(column), target)
    return filled


def _interpolate(values: np.ndarray, split: str, column: int, target: int) -> np.ndarray:
    known = np.flatnonzero(~np.isnan(values))
    if known.size == 0:
        role = "the target" if column == target else f"column {column} of the series (counted from 0)"
        raise InputError(
            "data.missing",
            f"{role} has no known value among the {values.size} {split} rows, so nothing to interpolate from",
            "Write another data.split, or leave that column out",
        )
    return np.interp(np.arange(values.size), known, values[known])
