"""Where one split ends and the next begins, in time order."""

import math
from collections.abc import Sequence

from harness.errors import InputError


def borders(split: Sequence[float] | Sequence[int], count: int, unit: str) -> tuple[int, int, int]:
    """The ends of train, validation and test among `count` rows (or samples; `unit` says which, for the messages).

    Args:
        split: three lengths [train, validation, test]: fractions of `count` (floats) or whole numbers. Their sum may
            stay below the whole; what comes after the test split is then not used.

    Raises:
        InputError: `split` is not three lengths of one kind, one is negative, or they ask for more than there is.
    """
    asked = f"got {split}"
    instead = f"Write three fractions such as [0.7, 0.1, 0.2], or three whole numbers of {unit} out of {count}"
    if isinstance(split, str) or not hasattr(split, "__len__") or len(split) != 3:
        raise InputError("data.split", asked, instead)
    lengths = list(split)
    whole = all(type(length) is int for length in lengths)
    if not whole and not all(type(length) is float and math.isfinite(length) for length in lengths):
        raise InputError("data.split", asked, instead)
    if min(lengths) < 0:
        raise InputError("data.split", f"{asked}, with a negative length", instead)
    # Three decimal fractions that sum to one by hand may miss it by a rounding error.
    if sum(lengths) > (count if whole else 1 + 1e-9):
        raise InputError("data.split", f"{asked}, more than the {count} {unit} there are", instead)
    ends = [sum(lengths[: i + 1]) for i in range(3)]
    return tuple(ends) if whole else tuple(min(count, round(end * count)) for end in ends)
