"""New samples matter more than old ones."""

import numpy as np

from harness.checks import in_range
from harness.errors import InputError
from harness.spec import Split


def recency(train: Split, at: Split, *, half_life: float) -> np.ndarray:
    """0.5^(age / (half_life * span)), per sample and alike for all outputs: [n of at, outputs].

    age: samples from a sample to the newest of `at`; span: samples from the oldest to the newest of `train`. The span
    is that of `train` for every split, so that weights fall by the same factor a sample in all of them.
    Raises InputError unless `half_life` is above 0.
    """
    in_range("weights.half_life", half_life, 0, np.inf)
    if half_life == 0:
        found = "got 0, which leaves the newest sample alone"
        raise InputError("weights.half_life", found, "Write a share of the train span above 0, such as 0.25")
    span = train.index.max() - train.index.min() + 1
    age = at.index.max() - at.index
    return np.repeat(0.5 ** (age / (half_life * span))[:, np.newaxis], at.y.shape[1], axis=1)
