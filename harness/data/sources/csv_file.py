"""Any CSV file with a header line, one row a time step."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from harness.checks import one_of
from harness.data.sources.files import existing
from harness.errors import InputError
from harness.spec import Series


def csv_file(
    *,
    path: str | None,
    target: str | None,
    features: Sequence[str] | str | None,
    time: str | None,
    season: int | None,
    unit: str,
) -> Series:
    """The columns `target` and `features`, in this order.

    Args:
        path: the file, comma-separated, one header line. An empty field or NA counts as missing.
        target: the column to forecast; its own history is column 0 of x.
        features: further columns to see, none of them the target; one name alone may be a string.
        time: a column of dates or numbers that must ascend strictly, or None. It is checked, and not an input.

    Rows in messages are counted from 0, below the header.

    Raises:
        InputError: no such file or column, an entry that is no number, a time column that does not parse or does not
            ascend.
    """
    table = _read(existing(path, ".csv"))
    there = list(table.columns)
    if target is None:
        raise InputError("data.target", "no column given", f"Write one of: {', '.join(there)}")
    columns = [str(name) for name in [target, *([features] if isinstance(features, str) else features or [])]]
    one_of("data.target", columns[0], there)
    for place, name in enumerate(columns[1:], start=1):
        one_of("data.features", name, there)
        if name in columns[:place]:
            raise InputError(
                "data.features", f"{name!r} is given twice", "Name each column once, and the target not at all"
            )
    if time is not None:
        one_of("data.time", str(time), there)
        _check_ascending(table[str(time)])
    values = np.stack([_numbers(table[name]) for name in columns], axis=1)
    return Series(values, target=0, season=season, unit=unit, name=columns[0])


def _read(path: Path) -> Any:
    import pandas as pd

    try:
        with warnings.catch_warnings():
            # Rows longer than the header would be cut, or shifted by one column: an error, not a warning.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            return pd.read_csv(path, index_col=False, low_memory=False)
    except (pd.errors.ParserError, pd.errors.ParserWarning, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise InputError(
            "data.path",
            f"{path} does not read as a table: {str(error).strip()}",
            "Write a comma-separated UTF-8 file with one header line and as many fields in each row",
        ) from error


def _numbers(column: Any) -> np.ndarray:
    """[rows] float64, NaN where missing."""
    import pandas as pd

    numbers: Any
    if pd.api.types.is_bool_dtype(column):
        numbers = pd.Series(np.full(len(column), np.nan))
    else:
        numbers = pd.to_numeric(column, errors="coerce")
    bad = (numbers.isna() & column.notna()).to_numpy()
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise InputError(
            "data.path",
            f"column {column.name!r} holds {column.iloc[row]!r} in row {row}, which is no number",
            "Correct the file (leave a missing value empty, or write NA), or name another column",
        )
    return numbers.to_numpy(np.float64)


def _check_ascending(column: Any) -> None:
    """Refuses a time column in the row where the better reading ends: 3/4/17 may be in March or in April."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column):
        numbers = column.to_numpy(np.float64)
        readings = [(numbers, ~np.isfinite(numbers))]
    else:
        readings = (_dates(column, day_first) for day_first in (False, True))
    furthest, parses = -1, False
    for times, unread in readings:
        wrong = unread | np.append(False, times[1:] <= times[:-1])
        if not wrong.any():
            return
        row = int(np.flatnonzero(wrong)[0])
        if row > furthest:
            furthest, parses = row, not unread[row]
    found = f"column {column.name!r} holds {column.iloc[furthest]!r} in row {furthest}"
    if parses:
        raise InputError(
            "data.time",
            f"{found}, not after {column.iloc[furthest - 1]!r}",
            "Sort the file by time and keep one row a time step, or write data.time=null",
        )
    raise InputError(
        "data.time",
        f"{found}, no number and no date like the first",
        "Write dates as 2017-01-31 12:00:00, all in one way, or data.time=null",
    )


def _dates(column: Any, day_first: bool) -> tuple[np.ndarray, np.ndarray]:
    """[rows] times in UTC, and [rows] which of them could not be read."""
    import pandas as pd

    with warnings.catch_warnings():
        # pandas warns where it cannot infer a format, or where the days show the other order.
        warnings.simplefilter("ignore", UserWarning)
        parsed = pd.to_datetime(column, errors="coerce", utc=True, dayfirst=day_first)
    times = parsed.dt.tz_localize(None).to_numpy()
    return times, np.isnat(times)
