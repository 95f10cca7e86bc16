"""The spread over seeds that several variants have in common."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

# With fewer seeds no test can tell spreads apart, and all are taken as one.
FEWEST_TO_TELL = 4
# Below this p spreads differ.
LEVEL = 0.05


@dataclass(frozen=True)
class Spread:
    """deviation: of a paired difference of two variants; free: the degrees of freedom of its estimate."""

    deviation: float
    free: int


def pooled_spread(scores: np.ndarray) -> Spread | None:
    """What is left of scores [seeds, variants] when the seeds and the variants have been taken out; None if it differs.

    The mean square of what is left, with (seeds - 1) (variants - 1) degrees of freedom, estimates the variance of one
    score beside what its seed and its variant have in common with others; that of a paired difference is twice as
    large. So two seeds of eight variants say as much as eight seeds of two. Whether the variants have one spread is
    asked by Levene's test about the median (Brown and Forsythe 1974, "Robust tests for the equality of variances",
    Journal of the American Statistical Association 69(346)).
    """
    scores = np.asarray(scores, np.float64)
    seeds, variants = scores.shape
    if seeds < 2 or variants < 2:
        return None
    left = scores - scores.mean(axis=1, keepdims=True) - scores.mean(axis=0) + scores.mean()
    if seeds >= FEWEST_TO_TELL and variants > 2 and float(stats.levene(*left.T).pvalue) < LEVEL:
        return None
    free = (seeds - 1) * (variants - 1)
    return Spread(float(np.sqrt(2 * np.sum(left**2) / free)), free)
