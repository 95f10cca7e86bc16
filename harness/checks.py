"""The checks that every room makes of a user's values."""

import math
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from harness.errors import InputError


def did_you_mean(text: str, choices: Iterable[str], prefix: str = "") -> str:
    """The start of a remedy, "Did you mean <prefix><nearest of choices>? ", or nothing where none is near."""
    near = get_close_matches(text, list(choices), n=1)
    return f"Did you mean {prefix}{near[0]}? " if near else ""


def one_of(key: str, value: object, choices: Iterable[object], renamed: Mapping[str, str] | None = None) -> None:
    """Raises InputError, naming the nearest choice, unless `value` is one of `choices`.

    renamed: earlier names of choices, to their names of today.
    """
    choices = list(choices)
    if value in choices:
        return
    today = (renamed or {}).get(str(value))
    meant = did_you_mean(today or str(value), map(str, choices), f"{key}=")
    raise InputError(key, f"got {value!r}", f"{meant}Write one of: {', '.join(map(str, choices))}")


def at_least(key: str, value: object, minimum: int) -> None:
    """Raises InputError unless `value` is a whole number >= `minimum`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < minimum:
        raise InputError(key, f"got {value!r}", f"Write a whole number of at least {minimum}")


def in_range(key: str, value: object, low: float, high: float) -> None:
    """Raises InputError unless `value` is a finite number with low <= value <= high."""
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not (math.isfinite(value) and low <= value <= high)
    ):
        limits = (
            "" if math.isinf(low) else f" of at least {low:g}" if math.isinf(high) else f" from {low:g} to {high:g}"
        )
        raise InputError(key, f"got {value!r}", f"Write a finite number{limits}")
