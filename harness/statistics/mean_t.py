"""The mean of a few values: Student's t, and what to say where nothing spreads."""

from dataclasses import dataclass

import numpy as np
import scipy


@dataclass(frozen=True)
class MeanT:
    """The mean, the bounds of its t interval, and p, two-sided, that it is 0."""

    mean: float
    low: float
    high: float
    p_value: float


def mean_t(values: np.ndarray, *, confidence: float) -> MeanT:
    """Of two values or more, [n].

    Values that are all alike have an interval of no width, and p is 1 where they are 0, else 0: over these values
    nothing is left to chance.
    """
    mean = float(np.mean(values))
    if np.ptp(values) == 0:
        value = float(values[0])
        return MeanT(value, value, value, float(value == 0))
    free, error = len(values) - 1, float(np.std(values, ddof=1)) / len(values) ** 0.5
    wide = float(scipy.special.stdtrit(free, (1 + confidence) / 2)) * error
    return MeanT(mean, mean - wide, mean + wide, float(2 * scipy.special.stdtr(free, -abs(mean) / error)))
