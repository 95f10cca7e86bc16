"""The more an output varies, the less an error on it counts."""

import numpy as np

from harness.checks import in_range
from harness.errors import InputError
from harness.spec import Split


def inverse_variance(train: Split, at: Split, *, clip: float) -> np.ndarray:
    """1 / the variance of each output over the train samples, shared: [outputs].

    The largest weight is at most `clip` times the smallest, so that an output that hardly varies does not outweigh
    all others. Raises InputError for `clip` below 1, and where no output varies.
    """
    in_range("weights.clip", clip, 1, np.inf)
    variance = train.y.var(axis=0)
    if not variance.max() > 0:
        found = f"no output varies over the {len(train.y)} train samples, so 1 / variance does not exist"
        raise InputError("weights", found, "Write weights=uniform")
    return 1 / np.maximum(variance, variance.max() / clip)
