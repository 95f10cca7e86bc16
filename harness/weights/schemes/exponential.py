"""Each output counts a fixed factor of what the one before it counts."""

import numpy as np

from harness.errors import InputError
from harness.kinds import NotNegative
from harness.spec import Split


def exponential(train: Split, at: Split, *, gamma: NotNegative) -> np.ndarray:
    """gamma^l with l = 0 at the first output, shared: [outputs].

    Raises InputError unless `gamma` is small enough for its highest power to be finite.
    """
    outputs = at.y.shape[1]
    with np.errstate(over="ignore"):
        weights = float(gamma) ** np.arange(outputs)
    if not np.isfinite(weights).all():
        found = f"{gamma!r} to the power of {outputs - 1} is more than a float holds"
        raise InputError("weights.gamma", found, "Write a value near 1: below it the first outputs count more")
    return weights
