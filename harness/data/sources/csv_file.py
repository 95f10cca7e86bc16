"""Any CSV file with a header line, one row a time step: one series, or several."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from harness import kinds
from harness.checks import one_of
from harness.data.sources.download import downloaded
from harness.data.sources.files import existing
from harness.data.sources.table import numbers, read_table
from harness.data.stamps import joined_stamps, on_grid
from harness.errors import InputError
from harness.spec import Series

# The name of a column, which may be a number, such as 2020; one name alone need be no list.
Column: TypeAlias = kinds.Text | int
Columns: TypeAlias = Sequence[Column] | Column | None
EVENLY = "data.time=null: the rows of the file are taken as evenly spaced, none absent"


def csv_file(
    *,
    path: kinds.Path | None,
    url: kinds.Text | None,
    sha256: kinds.Text | None,
    downloads: kinds.Folder,
    target: Columns,
    features: Columns,
    time: Columns,
    series: Column | None,
    beside: Columns,
    mean_of: kinds.Count,
    standardised: bool,
    indicators: bool,
    season: kinds.Count | None,
    unit: kinds.Unit,
) -> list[Series]:
    """The columns `target` and `features`, in this order: a series for each target, and for each value of `series`.

    Args:
        path: the file, comma-separated, one header line. An empty field or NA counts as missing, and so does a blank
            line between two rows, field by field.
        url, sha256, downloads: where to get the file from where `path` is None, what it must be, and the folder that
            keeps it; see `harness.data.sources.download`.
        target: the column to forecast; its own history is column 0 of x. Of several columns each is a series.
        features: further columns to see, none of them a target.
        time: a column of dates or numbers that must ascend strictly on an even grid, see `harness.data.stamps`; or
            several, such as year, month, day and hour; or None: rows are then taken as evenly spaced. It is no input.
            Steps without a row become rows of missing values.
        series: a column that names the series of each row, or None where all rows are of one.
        beside: columns that no network sees, for `weights=column`; they may be features too.
        mean_of: so many rows become one time step, their mean; rows behind the last whole step are left out.
        standardised, indicators: see `harness.spec.Series`; an indicator is 1 in its own series and 0 in the others.
        season: time steps in one season, or None.

    Rows in messages are counted from 0, below the header.

    Raises:
        InputError: no such file or column, no header, an entry that is no number, a time column that does not parse,
            does not ascend, or has a stamp between two steps.
    """
    table = read_table(downloaded(url, sha256, downloads) if path is None and url else existing(path, ".csv"))
    columns = _columns(table, target, features, time, series, beside)
    several = [made for part in _parts(table, columns) for made in _of_one(*part, columns, mean_of)]
    return [
        Series(
            _with_indicators(one.values, place, len(several)) if indicators else one.values,
            0,
            season,
            unit,
            one.name,
            one.note,
            one.times,
            one.beside,
            standardised,
            len(several) if indicators else 0,
        )
        for place, one in enumerate(several)
    ]


@dataclass(frozen=True)
class _Names:
    """The names of the columns, each one there."""

    targets: list[str]
    features: list[str]
    time: list[str]
    series: str | None
    beside: list[str]


@dataclass(frozen=True)
class _One:
    """The values [steps, columns] of one series, with its name, note, times and what stands beside it."""

    values: np.ndarray
    name: str
    note: str
    times: np.ndarray | None
    beside: dict[str, np.ndarray]


def _columns(
    table: Any, target: Columns, features: Columns, time: Columns, series: Column | None, beside: Columns
) -> _Names:
    there = list(table.columns)
    names = _Names(
        _names(target), _names(features), _names(time), None if series is None else str(series), _names(beside)
    )
    if not names.targets:
        raise InputError("data.target", "no column given", f"Write one of: {', '.join(there)}")
    seen: list[str] = []
    for key, wanted in (("target", names.targets), ("features", names.features)):
        for name in wanted:
            one_of(f"data.{key}", name, there)
            if name in seen:
                instead = "Name each column once, and the target not at all"
                raise InputError(f"data.{key}", f"{name!r} is given twice", instead)
            seen.append(name)
    for key, wanted in (("time", names.time), ("beside", names.beside)):
        for name in wanted:
            one_of(f"data.{key}", name, there)
    if names.series is not None:
        one_of("data.series", names.series, there)
    return names


def _names(columns: Columns) -> list[str]:
    return [str(name) for name in ([columns] if isinstance(columns, str | int) else columns or [])]


def _parts(table: Any, names: _Names) -> Iterator[tuple[Any, str]]:
    """(the rows of each series of a long table, its name), in the order in which the names first appear."""
    if names.series is None:
        yield table, ""
        return
    labels = table[names.series]
    if labels.isna().any():
        row = int(np.flatnonzero(labels.isna())[0])
        raise InputError("data.series", f"column {names.series!r} is empty in row {row}", "Name the series of each row")
    for label, rows in table.groupby(names.series, sort=False):
        yield rows.reset_index(drop=True), str(label)


def _of_one(rows: Any, label: str, names: _Names, mean_of: int) -> Iterator[_One]:
    """One series for each target."""
    columns = [*names.targets, *names.features, *names.beside]
    try:
        values = np.stack([numbers(rows[name]) for name in columns], axis=1)
        times, note = None, EVENLY
        if names.time:
            values, times, note = on_grid(values, joined_stamps(rows, names.time))
    except InputError as error:
        if not label:
            raise
        raise InputError(error.key, f"in the series {label!r}: {error.found}", error.instead) from error
    if mean_of > 1:
        values, times = _means(values, mean_of), None if times is None else _first(times, mean_of)
    targets, features = len(names.targets), len(names.features)
    seen = values[:, targets : targets + features]
    beside = dict(zip(names.beside, values[:, targets + features :].T, strict=True))
    for place, name in enumerate(names.targets):
        own = np.ascontiguousarray(np.column_stack([values[:, place], seen]))
        called = "/".join(part for part in (label, name if targets > 1 or not label else "") if part)
        yield _One(own, called, note, times, beside)


def _means(values: np.ndarray, rows: int) -> np.ndarray:
    """[steps, columns] the mean of what is known of so many rows each; NaN where nothing is."""
    steps = len(values) // rows
    grouped = values[: steps * rows].reshape(steps, rows, -1)
    known = ~np.isnan(grouped)
    with np.errstate(invalid="ignore"):
        return np.where(known, grouped, 0.0).sum(axis=1) / known.sum(axis=1)


def _first(times: np.ndarray, rows: int) -> np.ndarray:
    """[steps] the first time of so many rows each; NaT where that row is absent."""
    return times[: len(times) // rows * rows : rows]


def _with_indicators(values: np.ndarray, place: int, several: int) -> np.ndarray:
    return np.column_stack([values, np.broadcast_to(np.eye(several)[place], (len(values), several))])
