"""Each output counts a fixed factor of what the one before it counts."""

import numpy as np

from harness.checks import in_range
from harness.errors import InputError
from harness.spec import Split


def exponential(train: Split, at: Split, *, gamma: float) -> np.ndarray:
    """gamma^l with l = 0 at the first output, shared: [outputs].

    Raises InputError unless `gamma` is >= 0 and small enough for its highest power to be finite.
    """
    in_range("weights.gamma", gamma, 0, np.inf)
    outputs = at.y.shape[1]
    with np.errstate(over="ignore"):
        weights = float(gamma) ** np.arange(outputs)
    if not np.isfinite(weights).all():
        found = f"{gamma!r} to the power of {outputs - 1} is more than a float holds"
        raise InputError("weights.gamma", found, "Write a value near 1: below it the first outputs count more")
    return weights
