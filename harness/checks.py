"""The checks that every room makes of a user's values."""

import math
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from harness.errors import InputError

# The share of two texts' characters that both have in one order. "itn" and "int" share 0.67, "foo" and "follows" 0.6.
NEAR = 0.65


def did_you_mean(text: str, choices: Iterable[str], prefix: str = "") -> str:
    """The start of a remedy, "Did you mean <prefix><nearest of choices>? ", or nothing where none is near."""
    near = nearest(text, choices)
    return f"Did you mean {prefix}{near}? " if near else ""


def nearest(text: str, choices: Iterable[str]) -> str | None:
    """The choice that is most like a text; None where none is near, in the whole and in what follows the last dot.

    Of two keys in one section the whole is always alike.
    """
    name = text.rpartition(".")[2]
    alike = [choice for choice in choices if get_close_matches(name, [choice.rpartition(".")[2]], cutoff=NEAR)]
    return next(iter(get_close_matches(text, alike, n=1, cutoff=NEAR)), None)


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
