"""From time stamps to places on an even grid, so that an absent step is a missing value and never a silent jump."""

from dataclasses import dataclass

import numpy as np

# Clocks jitter, and a day of a summer time's change has 23 or 25 hours: so far off, in steps, still counts as even.
TOLERANCE = 0.05
DAY = np.timedelta64(1, "D")
LEAST_DAYS_A_MONTH = 28
# Of the stamps, on the same day of their months: then the others are wrong, and not the calendar.
SHARE = 0.8
UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


@dataclass(frozen=True)
class Grid:
    """An even grid of time steps.

    places: [rows], the step of each row, ascending from 0; step: its length in words; irregular: the first row that
    lies on no step, or None. Behind an irregular row the places mean nothing.
    """

    places: np.ndarray
    step: str
    irregular: int | None

    @property
    def steps(self) -> int:
        """From the first row to the last, both included."""
        return int(self.places[-1]) + 1

    @property
    def absent(self) -> int:
        """How many steps have no row."""
        return self.steps - len(self.places)


def grid_of(times: np.ndarray) -> Grid:
    """The grid of stamps [rows] that ascend strictly: numbers, or datetime64.

    The step is the median of the differences. Stamps a month, a quarter or a year apart, on one day of the month or on
    each month's last, count in months, however long these are.
    """
    differences = np.diff(times)
    if not differences.size:
        return Grid(np.zeros(len(times), int), "an unknown length", None)
    if np.issubdtype(times.dtype, np.datetime64):
        months, fits = _months(times)
        if _middle(differences) >= LEAST_DAYS_A_MONTH * DAY and fits.mean() >= SHARE:
            between = np.diff(months)
            return _even(between, _counted(int(_middle(between)), "month"), fits)
        seconds = differences / np.timedelta64(1, "s")
        return _even(seconds, _duration(float(_middle(seconds))), np.ones(len(times), bool))
    return _even(differences, f"{_middle(differences):g}", np.ones(len(times), bool))


def _even(differences: np.ndarray, step: str, fits: np.ndarray) -> Grid:
    """fits: [rows] False where a stamp lies on no step, whatever its distance is."""
    in_steps = differences / _middle(differences)
    whole = np.round(in_steps)
    off = ~fits | np.append(False, (np.abs(in_steps - whole) > TOLERANCE) | (whole < 1))
    irregular = int(np.flatnonzero(off)[0]) if off.any() else None
    return Grid(np.append(0, np.cumsum(whole)).astype(np.int64), step, irregular)


def _middle(differences: np.ndarray) -> np.ndarray:
    """Their median; of an even number the smaller one of the two in the middle."""
    return np.sort(differences)[(len(differences) - 1) // 2]


def _months(times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """[rows] the month of each stamp, counted on over the years; [rows] whether it is on the usual day of its month.

    In a month that is too short for that day, its last stands for it.
    """
    # To the nearest midnight: that of a local time lies an hour or two off in UTC, differently in summer.
    days = (times + DAY / 2).astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    day = (days - months.astype("datetime64[D]")).astype(int) + 1
    length = ((months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")).astype(int)
    usual = max((np.bincount(day).argmax(), 31), key=lambda of_month: np.sum(day == np.minimum(of_month, length)))
    return months.astype(int), day == np.minimum(usual, length)


def _duration(seconds: float) -> str:
    name, length = next((unit for unit in UNITS if seconds % unit[1] == 0), ("second", 1))
    return _counted(seconds / length, name)


def _counted(count: float, name: str) -> str:
    return f"{count:g} {name}{'' if count == 1 else 's'}"
