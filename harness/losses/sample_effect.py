"""What is left of per-sample weights under a formula that cancels what one sample counts against another."""

import numpy as np


def share_kept(weights: np.ndarray) -> float:
    """The share of the variance between samples that no factor of a sample accounts for, from 0 to 1.

    What weights say of samples is how they depart from the mean row, the same for all samples. Of that, a formula that
    divides by a sample's own sum cancels all that is the mean row times a factor of the sample. 0: each row is the mean
    row times a factor; 1: all rows have one sum, or all are equal and nothing is said of samples.

    Args:
        weights: [samples, outputs], not negative. Rows of zeros do not count: every formula leaves such a sample out.
    """
    weights = np.asarray(weights, np.float64)
    weights = weights[weights.any(axis=1)]
    weights = weights / weights.max()
    mean = weights.mean(axis=0)
    factors = weights.sum(axis=1, keepdims=True) / mean.sum()
    said, left = np.sum((weights - mean) ** 2), np.sum((weights - factors * mean) ** 2)
    # Equal rows differ by rounding alone.
    if said <= weights.size * (np.finfo(np.float64).eps * weights.shape[0]) ** 2:
        return 1.0
    return float(min(left / said, 1))
