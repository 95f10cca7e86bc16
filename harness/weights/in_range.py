"""The check of a scheme's numbers."""

import math

from harness.errors import InputError


def in_range(key: str, value: object, low: float, high: float) -> None:
    """Raises InputError unless `value` is a finite number with low <= value <= high."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or not low <= value <= high:
        limits = f"of at least {low:g}" if math.isinf(high) else f"from {low:g} to {high:g}"
        raise InputError(key, f"got {value!r}", f"Write a finite number {limits}")
