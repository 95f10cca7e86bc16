"""P-values corrected for their number."""

import numpy as np


def holm(p_values: np.ndarray) -> np.ndarray:
    """The smallest times their number, the next times one less, and so on, never falling (Holm 1979); [n] -> [n].

    All claims that one report makes are one family: hand over all of its p-values at once.
    As statsmodels' multipletests, which collects the garbage of the whole process on each call.
    """
    p_values = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p_values)
    stepped = np.maximum.accumulate(p_values[order] * np.arange(len(order), 0, -1))
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum(stepped, 1)
    return adjusted
