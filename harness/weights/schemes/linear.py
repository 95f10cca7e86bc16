"""What an output counts changes by the same step from each output to the next."""

import numpy as np

from harness.checks import in_range
from harness.spec import Split


def linear(train: Split, at: Split, *, start: float, stop: float) -> np.ndarray:
    """A straight line from `start` at the first output to `stop` at the last, shared: [outputs].

    A single output gets `start`. Raises InputError unless both are finite and >= 0.
    """
    in_range("weights.start", start, 0, np.inf)
    in_range("weights.stop", stop, 0, np.inf)
    return np.linspace(start, stop, at.y.shape[1])
