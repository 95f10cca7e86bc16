"""Any CSV file with a header line, one row a time step."""

import csv
import io
import re
import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from harness import kinds
from harness.checks import one_of
from harness.data.sources.files import existing
from harness.data.stamps import on_grid, reads_as_date
from harness.errors import InputError
from harness.spec import Series

# The name of a column, which may be a number, such as 2020.
Column: TypeAlias = kinds.Text | int
# More columns than this are no series, and take minutes to read.
MOST_COLUMNS = 10_000
MISSING_TEXTS = ("", "NA", "N/A", "NaN", "nan", "null")
EVENLY = "data.time=null: the rows of the file are taken as evenly spaced, none absent"


def csv_file(
    *,
    path: kinds.Path | None,
    target: Column | None,
    features: Sequence[Column] | Column | None,
    time: Column | None,
    beside: Sequence[Column] | Column | None,
    season: kinds.Count | None,
    unit: kinds.Unit,
) -> Series:
    """The columns `target` and `features`, in this order.

    Args:
        path: the file, comma-separated, one header line. An empty field or NA counts as missing, and so does a blank
            line between two rows, field by field.
        target: the column to forecast; its own history is column 0 of x.
        features: further columns to see, none of them the target; one name alone need be no list.
        time: a column of dates or numbers that must ascend strictly on an even grid, see `harness.data.stamps`, or
            None: rows are then taken as evenly spaced. It is no input. Steps without a row become rows of missing
            values.
        beside: columns that no network sees, for `weights=column`; they may be features too.

    Rows in messages are counted from 0, below the header.

    Raises:
        InputError: no such file or column, no header, an entry that is no number, a time column that does not parse,
            does not ascend, or has a stamp between two steps.
    """
    table = _read(existing(path, ".csv"))
    there = list(table.columns)
    if target is None:
        raise InputError("data.target", "no column given", f"Write one of: {', '.join(there)}")
    columns, kept = [str(target), *_names(features)], _names(beside)
    one_of("data.target", columns[0], there)
    for place, name in enumerate(columns[1:], start=1):
        one_of("data.features", name, there)
        if name in columns[:place]:
            raise InputError(
                "data.features", f"{name!r} is given twice", "Name each column once, and the target not at all"
            )
    for name in kept:
        one_of("data.beside", name, there)
    values = np.stack([_numbers(table[name]) for name in [*columns, *kept]], axis=1)
    times, note = None, EVENLY
    if time is not None:
        one_of("data.time", str(time), there)
        values, times, note = on_grid(values, table[str(time)])
    values, other = np.ascontiguousarray(values[:, : len(columns)]), values[:, len(columns) :]
    return Series(values, 0, season, unit, columns[0], note, times, dict(zip(kept, other.T, strict=True)))


def _names(columns: Sequence[Column] | Column | None) -> list[str]:
    return [str(name) for name in ([columns] if isinstance(columns, str | int) else columns or [])]


def _read(path: Path) -> Any:
    import pandas as pd

    no_table = pd.errors.ParserError, pd.errors.ParserWarning, pd.errors.EmptyDataError, csv.Error, UnicodeDecodeError
    try:
        # Blank lines at the end are no rows; between rows they are, as an empty field of a single column is one.
        text = path.read_text(encoding="utf-8-sig").rstrip("\r\n")
        _check_header(path, text)
        with warnings.catch_warnings():
            # Rows longer than the header would be cut, or shifted by one column: an error, not a warning.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            return pd.read_csv(io.StringIO(text), index_col=False, low_memory=False, skip_blank_lines=False)
    except no_table as error:
        raise InputError(
            "data.path",
            f"{path} does not read as a table: {str(error).strip()}",
            "Write a comma-separated UTF-8 file with one header line and as many fields in each row",
        ) from error


def _check_header(path: Path, text: str) -> None:
    """Refuses a first row of numbers and dates alone: as names it would be lost, and the columns would have none."""
    fields = [field.strip() for field in next(csv.reader(io.StringIO(text)), [])]
    filled = [field for field in fields if field not in MISSING_TEXTS]
    if len(fields) > MOST_COLUMNS:
        found = f"{path} has {len(fields)} columns"
        raise InputError("data.path", found, f"Write a file of at most {MOST_COLUMNS}, one row a time step")
    if text and all(_is_value(field) for field in filled):
        found = f"holds values: {', '.join(fields)[:100]}" if filled else "is blank"
        raise InputError(
            "data.path",
            f"the first line of {path} should name the columns, and it {found}",
            "Write a line with a name for each column above the first row, such as time,load",
        )
    twice = [name for name, count in Counter(filled).items() if count > 1]
    if twice:
        raise InputError("data.path", f"{path} has several columns {twice[0]!r}", "Give each column a name of its own")


def _is_value(field: str) -> bool:
    import pandas as pd

    if not re.match(r"[-+.]?\d", field):
        return False
    single = pd.Series([field])
    number: Any = pd.to_numeric(single, errors="coerce")
    return bool(number.notna().all()) or reads_as_date(field)


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
