"""Whether the series of one source fit each other."""

from collections.abc import Sequence

import numpy as np

from harness.errors import InputError
from harness.spec import Series


def check_alike(several: Sequence[Series]) -> None:
    """Raises InputError where a series is no table of float64, or the series do not fit each other."""
    first = several[0]
    for series in several:
        values = series.values
        if not isinstance(values, np.ndarray) or values.ndim != 2 or values.dtype != np.float64:
            found = f"{getattr(values, 'dtype', type(values).__name__)} {list(getattr(values, 'shape', []))}"
            raise InputError("data", f"the source gave values of {found}", "Return float64 [rows, columns]")
        if type(series.target) is not int or not 0 <= series.target < values.shape[1]:
            instead = f"Return a column from 0 to {values.shape[1] - 1}"
            raise InputError("data", f"the source gave the target {series.target!r}", instead)
        for kind, value, expected in (
            ("columns", values.shape[1], first.values.shape[1]),
            ("target", series.target, first.target),
            ("season", series.season, first.season),
            ("unit", series.unit, first.unit),
            ("indicators", series.indicators, first.indicators),
            ("standardised", series.standardised, first.standardised),
            ("values beside the targets", sorted(series.beside), sorted(first.beside)),
        ):
            if value != expected:
                found = f"{kind} {value!r} in {called(series, several)} and {expected!r} in {called(first, several)}"
                raise InputError("data", found, "Return series of one kind: they are scaled and evaluated together")
    names = [series.name for series in several]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError("data", f"two series are called {twice[0]!r}", "Return each series under a name of its own")


def called(series: Series, several: Sequence[Series]) -> str:
    """A series in words: by its name, where there are several."""
    return "the series" if len(several) == 1 else f"the series {series.name!r}"
