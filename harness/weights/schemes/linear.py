"""What an output counts changes by the same step from each output to the next."""

import numpy as np

from harness.kinds import NotNegative
from harness.spec import Split


def linear(train: Split, at: Split, *, start: NotNegative, stop: NotNegative) -> np.ndarray:
    """A straight line from `start` at the first output to `stop` at the last, shared: [outputs].

    A single output gets `start`.
    """
    return np.linspace(start, stop, at.y.shape[1])
