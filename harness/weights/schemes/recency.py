"""New samples matter more than old ones."""

import numpy as np

from harness.kinds import Positive
from harness.spec import Split


def recency(train: Split, at: Split, *, half_life: Positive) -> np.ndarray:
    """0.5^(age / (half_life * span)), per sample and alike for all outputs: [n of at, outputs].

    age: samples from a sample to the newest of its series in `at`; span: samples from the oldest to the newest of that
    series in `train`. The span is that of `train` for every split, so that weights fall by the same factor a sample in
    all of them.
    """
    half_lives = np.empty(len(at.index))
    for series in np.unique(at.series):
        known, index = train.index[train.series == series], at.index[at.series == series]
        half_lives[at.series == series] = (index.max() - index) / (half_life * (known.max() - known.min() + 1))
    return np.repeat(0.5 ** half_lives[:, np.newaxis], at.y.shape[1], axis=1)
