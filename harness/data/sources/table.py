"""A CSV file as a table, with a message for whatever is no table."""

import csv
import io
import re
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from harness.data.stamps import reads_as_date
from harness.errors import InputError

# More columns than this are no series, and take minutes to read.
MOST_COLUMNS = 10_000
MISSING_TEXTS = ("", "NA", "N/A", "NaN", "nan", "null")


def read_table(path: Path) -> Any:
    """The file as a pandas frame, as it stands.

    Raises:
        InputError: no header, a name that is given twice, or what does not read as a table.
    """
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


def numbers(column: Any) -> np.ndarray:
    """A column of such a frame: [rows] float64, NaN where missing.

    Raises:
        InputError: an entry that is no number.
    """
    import pandas as pd

    parsed: Any
    if pd.api.types.is_bool_dtype(column):
        parsed = pd.Series(np.full(len(column), np.nan))
    else:
        parsed = pd.to_numeric(column, errors="coerce")
    bad = (parsed.isna() & column.notna()).to_numpy()
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise InputError(
            "data.path",
            f"column {column.name!r} holds {column.iloc[row]!r} in row {row}, which is no number",
            "Correct the file (leave a missing value empty, or write NA), or name another column",
        )
    return parsed.to_numpy(np.float64)
