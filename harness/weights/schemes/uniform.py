"""Every output matters alike."""

import numpy as np

from harness.spec import Split


def uniform(train: Split, at: Split) -> np.ndarray:
    """Weights of 1, shared: [outputs]."""
    return np.ones(at.y.shape[1])
