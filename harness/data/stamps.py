"""The time column of a table: every way to read its stamps, and the even grid that one of them gives."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from harness.data.grid import Grid, grid_of
from harness.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

# More steps than this for each row, and the file would be nearly all absent: rather one stamp is wrong.
MOST_STEPS_A_ROW = 100
# Stamps that a table may hold as whole numbers.
DATES_AS_NUMBERS = ("%Y%m%d", "%Y%m")


def on_grid(values: np.ndarray, column: "pd.Series") -> tuple[np.ndarray, np.ndarray | None, str]:
    """(the values [steps, columns] with NaN where a step has no row, times, what there is to say of absent steps).

    times: [steps] datetime64, NaT where a step has no row; None where the stamps are numbers.

    values: [rows, columns]; column: [rows], dates or numbers that ascend strictly on an even grid.

    Raises:
        InputError: a stamp that does not parse, does not ascend, lies between two steps, or leaves nearly all absent.
    """
    grid, stamps = _grid(column)
    times = stamps if np.issubdtype(stamps.dtype, np.datetime64) else None
    if not grid.absent:
        return values, times, ""
    row = int(np.flatnonzero(np.diff(grid.places) > 1)[0])
    found = f"the step is {grid.step}, and {grid.absent} of {grid.steps} steps have no row"
    after = f"the first after {column.iloc[row]!s} in row {row}"
    if grid.steps > MOST_STEPS_A_ROW * len(values):
        raise InputError(
            "data.time",
            f"column {column.name!r}: {found}, {after}",
            "Correct the stamps, or write data.time=null to take the rows as evenly spaced",
        )
    spread = np.full((grid.steps, values.shape[1]), np.nan)
    spread[grid.places] = values
    if times is not None:
        times = np.full(grid.steps, np.datetime64("NaT"), stamps.dtype)
        times[grid.places] = stamps
    return spread, times, f"data.time={column.name}: {found}, {after}"


def joined_stamps(table: "pd.DataFrame", names: Sequence[str]) -> "pd.Series":
    """The time column of a table: the one of that name, or dates from columns of whole numbers such as year and hour.

    Raises:
        InputError: several columns that are not a year, a month, a day and, if need be, an hour, a minute, a second.
    """
    import pandas as pd

    columns: list[Any] = [table[name] for name in names]
    if len(names) == 1:
        return columns[0]
    parts = {name.lower(): column for name, column in zip(names, columns, strict=True)}
    try:
        whole: Any = pd.to_datetime(pd.DataFrame(parts))
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(
            "data.time",
            f"got {list(names)}: {error}",
            "Name one column of dates, or columns of numbers called year, month, day, hour, minute, second",
        ) from error
    return whole.rename(", ".join(names)).astype(str)


def reads_as_date(text: str) -> bool:
    """Whether a time column could hold this text as a date."""
    import pandas as pd

    return not _dates(pd.Series([text])).unread[0]


@dataclass(frozen=True)
class _Reading:
    """One way to read a time column: times [rows], and [rows] which could not be read."""

    times: np.ndarray
    unread: np.ndarray

    @property
    def wrong(self) -> int | None:
        """The first row that could not be read, or is not after the one before."""
        wrong = self.unread | np.append(False, self.times[1:] <= self.times[:-1])
        return int(np.flatnonzero(wrong)[0]) if wrong.any() else None


def _grid(column: "pd.Series") -> tuple[Grid, np.ndarray]:
    """The grid and the times [rows] of a column under the reading that ascends, and leaves the fewest steps absent.

    3/4/17 may be in March or in April. An error names the row where the better reading ends.
    """
    wrong, grids = [], []
    for reading in _readings(column):
        if reading.wrong is not None:
            wrong.append(reading)
            continue
        grids.append((grid_of(reading.times), reading.times))
        if grids[-1][0].irregular is None and not grids[-1][0].absent:
            return grids[-1]
    if not grids:
        _refuse_order(column, max(wrong, key=lambda reading: reading.wrong or 0))
    even = [(grid, times) for grid, times in grids if grid.irregular is None]
    if even:
        return min(even, key=lambda one: one[0].steps)
    grid = max((grid for grid, _ in grids), key=lambda grid: grid.irregular or 0)
    row = grid.irregular or 0
    raise InputError(
        "data.time",
        f"column {column.name!r} holds {column.iloc[row]!s} in row {row}, which is no whole number of steps after "
        f"{column.iloc[row - 1]!s}: the step is {grid.step}",
        "Bring the rows to even steps, or write data.time=null to take them as evenly spaced",
    )


def _readings(column: "pd.Series") -> Iterator[_Reading]:
    """Every way to read the column, the usual one first."""
    import pandas as pd

    if not pd.api.types.is_numeric_dtype(column):
        for day_first in (False, True):
            yield _dates(column, dayfirst=day_first)
        return
    numbers = column.to_numpy(np.float64)
    yield _Reading(numbers, ~np.isfinite(numbers))
    if pd.api.types.is_integer_dtype(column):
        for form in DATES_AS_NUMBERS:
            reading = _dates(column.astype(str), form=form)
            if not reading.unread.any():
                yield reading


def _dates(column: "pd.Series", *, dayfirst: bool = False, form: str | None = None) -> _Reading:
    """Times in UTC."""
    import pandas as pd

    with warnings.catch_warnings():
        # pandas warns where it cannot infer a format, or where the days show the other order.
        warnings.simplefilter("ignore", UserWarning)
        parsed = pd.to_datetime(column, errors="coerce", utc=True, dayfirst=dayfirst, format=form)
    times = parsed.dt.tz_localize(None).to_numpy()
    return _Reading(times, np.isnat(times))


def _refuse_order(column: "pd.Series", reading: _Reading) -> NoReturn:
    row = reading.wrong or 0
    found = f"column {column.name!r} holds {column.iloc[row]!r} in row {row}"
    if not reading.unread[row]:
        raise InputError(
            "data.time",
            f"{found}, not after {column.iloc[row - 1]!r}",
            "Sort the file by time and keep one row a time step, or write data.time=null",
        )
    raise InputError(
        "data.time",
        f"{found}, no number and no date like the first",
        "Write dates as 2017-01-31 12:00:00, all in one way, or data.time=null",
    )
