"""The larger a target is, the more its error counts."""

from typing import Annotated

import numpy as np
from annotated_types import Interval

from harness.errors import InputError
from harness.kinds import NotNegative
from harness.spec import Split


def magnitude(
    train: Split, at: Split, *, exponent: Annotated[float, Interval(ge=-10, le=10)], floor: NotNegative
) -> np.ndarray:
    """max(|y| / scale, floor)^exponent of each target y, per sample: [n of at, outputs].

    scale: the mean of |y| over the train targets, so that a target of usual size counts 1. With a negative exponent
    small targets count more, and `floor` bounds how much.

    Raises InputError where all train targets are 0, or a target of 0 is raised to a negative power.
    """
    scale = np.abs(train.truth).mean()
    if scale == 0:
        raise InputError("weights", f"all {train.truth.size} train targets are 0", "Write weights=uniform")
    relative = np.maximum(np.abs(at.truth) / scale, floor)
    if exponent < 0 and not relative.all():
        found = f"got {floor:g}, and a target of 0 has no power of {exponent:g}"
        raise InputError("weights.floor", found, "Write a number above 0, such as 0.1")
    return relative**exponent
