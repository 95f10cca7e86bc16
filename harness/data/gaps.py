"""What becomes of missing values: histories are filled from the past alone, and no target is ever invented."""

from collections.abc import Mapping

import numpy as np

from harness.checks import one_of
from harness.errors import InputError

REFUSE, LAST, SEASON, DROP = "refuse", "last", "season", "drop"
MISSING = (REFUSE, LAST, SEASON, DROP)


def check_missing(missing: str, season: int | None) -> None:
    """Raises InputError for an unknown `data.missing`, or for `season` without a length of the season."""
    if missing == "interpolate":
        raise InputError(
            "data.missing",
            "got interpolate, which takes the values of a gap from both its ends, so that a forecast sees its future",
            "Write data.missing=last or data.missing=season, which fill from the past alone",
        )
    one_of("data.missing", missing, MISSING)
    if missing == SEASON and season is None:
        raise InputError(
            "data.missing",
            "got season, and data.season is null",
            "Write the rows of one season in data.season, or data.missing=last",
        )


def histories(series: np.ndarray, missing: str, season: int | None, note: str) -> np.ndarray:
    """The series [rows, columns] as the history of a window may hold it; targets are never taken from it.

    last fills a missing value with the last value before it; season with the value one season before, known or filled,
    and with the last value where there is none; what has no value before it stays missing. drop fills nothing.
    A filled value depends on earlier rows alone, so that a window's history holds nothing of its future.

    Args:
        missing, season: as `check_missing` lets them pass.
        note: what the source says of its rows, for the message.

    Raises:
        InputError: a missing value under refuse.
    """
    gaps = np.isnan(series)
    if missing == DROP or not gaps.any():
        return series
    if missing == REFUSE:
        row = int(np.flatnonzero(gaps.any(axis=1))[0])
        more = f" ({note})" if note else ""
        raise InputError(
            "data.missing",
            f"got refuse, and {int(gaps.sum())} values are missing, the first in row {row}, counted from 0{more}",
            "Write data.missing=last, data.missing=season or data.missing=drop, or fill them in the data",
        )
    filled = series.copy()
    if missing == SEASON and season is not None:
        for start in range(season, len(filled), season):
            rows = filled[start : start + season]
            before = filled[start - season : start][: len(rows)]
            np.copyto(rows, before, where=np.isnan(rows))
    return _last_known(filled)


def _last_known(values: np.ndarray) -> np.ndarray:
    rows = np.arange(len(values))[:, None]
    latest = np.maximum.accumulate(np.where(np.isnan(values), 0, rows), axis=0)
    return np.take_along_axis(values, latest, axis=0)


def note_on_missing(missing: str, filled: int, left_out: Mapping[str, tuple[int, int]]) -> str:
    """One sentence on what missing values cost; empty where they cost nothing.

    Args:
        filled: how many values of the histories were filled.
        left_out: by split, (how many windows are left out, how many there are without that).
    """
    if not filled and not any(out for out, _ in left_out.values()):
        return ""
    counts = [f"{out} of {windows} {split}" for split, (out, windows) in left_out.items()]
    windows = f"{', '.join(counts[:-1])} and {counts[-1]} windows"
    if missing == DROP:
        return f"data.missing=drop leaves out {windows}, which hold a missing value"
    return (
        f"data.missing={missing} fills {filled} missing values of the histories from the past alone, and leaves out "
        f"{windows}, whose targets hold a missing value or whose history starts before the first known value"
    )
