"""A range of outputs matters more than the others."""

from typing import Annotated

import numpy as np
from annotated_types import Interval

from harness.errors import InputError
from harness.kinds import NotNegative
from harness.spec import Split

Place = Annotated[int, Interval(ge=0, le=10_000_000)]


def emphasis(train: Split, at: Split, *, first: Place | None, last: Place | None, factor: NotNegative) -> np.ndarray:
    """`factor` at the outputs from `first` to `last`, 1 at all others, shared: [outputs].

    Positions count from 0 and both belong to the range; None is that end of the outputs.
    Raises InputError for a position outside the outputs, or `last` before `first`.
    """
    outputs = at.y.shape[1]
    begin = _position("weights.first", first, 0, 0, outputs)
    end = _position("weights.last", last, outputs - 1, begin, outputs)
    weights = np.ones(outputs)
    weights[begin : end + 1] = factor
    return weights


def _position(key: str, value: int | None, end: int, low: int, outputs: int) -> int:
    if value is None:
        return end
    if not low <= value < outputs:
        accepted = f"a position from {low} to {outputs - 1}, or null for that end of the {outputs} outputs"
        raise InputError(key, f"got {value!r}", f"Write {accepted}")
    return value
