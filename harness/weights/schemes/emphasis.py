"""A range of outputs matters more than the others."""

import numpy as np

from harness.checks import in_range
from harness.errors import InputError
from harness.spec import Split


def emphasis(train: Split, at: Split, *, first: int | None, last: int | None, factor: float) -> np.ndarray:
    """`factor` at the outputs from `first` to `last`, 1 at all others, shared: [outputs].

    Positions count from 0 and both belong to the range; None is that end of the outputs.
    Raises InputError for a position outside the outputs, `last` before `first`, or a negative `factor`.
    """
    in_range("weights.factor", factor, 0, np.inf)
    outputs = at.y.shape[1]
    begin = _position("weights.first", first, 0, 0, outputs)
    end = _position("weights.last", last, outputs - 1, begin, outputs)
    weights = np.ones(outputs)
    weights[begin : end + 1] = factor
    return weights


def _position(key: str, value: object, end: int, low: int, outputs: int) -> int:
    if value is None:
        return end
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value < outputs:
        accepted = f"a position from {low} to {outputs - 1}, or null for that end of the {outputs} outputs"
        raise InputError(key, f"got {value!r}", f"Write {accepted}")
    return value
