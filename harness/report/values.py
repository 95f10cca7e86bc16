"""How a value of a table is written."""

from collections.abc import Sequence
from numbers import Integral, Real
from typing import TypeGuard

Value = str | float | int | None


def written(value: Value) -> str:
    """A number with four significant digits, a whole one in full; None as nothing."""
    if value is None:
        return ""
    if not is_number(value) or isinstance(value, Integral):
        return str(value)
    large = 1e4 <= abs(value) < 1e9
    return f"{value:.0f}" if large else f"{value:#.4g}".removesuffix(".")


def is_numeric(column: Sequence[Value]) -> bool:
    """Whether all values of a column that are there are numbers, and there is one."""
    known = [value for value in column if value is not None]
    return bool(known) and all(map(is_number, known))


def is_number(value: Value) -> TypeGuard[float | int]:
    """Also one of NumPy's; no truth value."""
    return isinstance(value, Real) and not isinstance(value, bool)
