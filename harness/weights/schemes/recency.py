"""New samples matter more than old ones."""

import numpy as np

from harness.checks import in_range
from harness.errors import InputError
from harness.spec import Split


def recency(train: Split, at: Split, *, half_life: float) -> np.ndarray:
    """0.5^(age / (half_life * span)), per sample and alike for all outputs: [n of at, outputs].

    age: samples from a sample to the newest of its series in `at`; span: samples from the oldest to the newest of that
    series in `train`. The span is that of `train` for every split, so that weights fall by the same factor a sample in
    all of them. Raises InputError unless `half_life` is above 0.
    """
    in_range("weights.half_life", half_life, 0, np.inf)
    if half_life == 0:
        found = "got 0, which leaves the newest sample alone"
        raise InputError("weights.half_life", found, "Write a share of the train span above 0, such as 0.25")
    half_lives = np.empty(len(at.index))
    for series in np.unique(at.series):
        known, index = train.index[train.series == series], at.index[at.series == series]
        half_lives[at.series == series] = (index.max() - index) / (half_life * (known.max() - known.min() + 1))
    return np.repeat(0.5 ** half_lives[:, np.newaxis], at.y.shape[1], axis=1)
