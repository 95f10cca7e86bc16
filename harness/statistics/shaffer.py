"""P-values of comparisons that ask two questions each, corrected for their number."""

import numpy as np


def shaffer(p_values: np.ndarray) -> np.ndarray:
    """Corrects for all comparisons at once; p_values: [comparisons, 2] -> [comparisons, 2].

    Of the two hypotheses of one comparison, "there is no difference" and "the difference is as large as the margin or
    larger", at most one is true. So of all that are not yet rejected at most as many are true as there are comparisons
    with one left: the smallest p-value is multiplied by the number of comparisons, and that number falls by one
    whenever both of one comparison are rejected (Shaffer 1986, "Modified sequentially rejective multiple test
    procedures", Journal of the American Statistical Association 81(395), procedure S2).
    """
    p_values = np.asarray(p_values, dtype=np.float64)
    adjusted, open_, largest = np.empty_like(p_values), np.full(len(p_values), 2), 0.0
    for flat in np.argsort(p_values, axis=None, kind="stable"):
        place = np.unravel_index(flat, p_values.shape)
        largest = max(largest, min(1.0, float(p_values[place]) * int((open_ > 0).sum())))
        adjusted[place] = largest
        open_[place[0]] -= 1
    return adjusted
