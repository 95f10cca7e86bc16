"""How far errors follow the weights they were trained under."""

from dataclasses import dataclass

import numpy as np

from harness.errors import InputError
from harness.statistics.mean_test import mean_test


@dataclass(frozen=True)
class Elasticity:
    """mean: per cent by which an output's error changes where its weight is 1 % larger; below 0 the weights work.

    low, high: the interval over seeds; p_value, two-sided: that it is 0; both by `mean_test`. None, all three, for one
    seed.
    """

    mean: float
    low: float | None
    high: float | None
    p_value: float | None


def elasticity(errors: np.ndarray, before: np.ndarray, weights: np.ndarray, *, confidence: float) -> Elasticity:
    """Over seeds, the least-squares slope of log(errors / before) on log(weights / their mean) over the outputs.

    errors, before: [seeds, outputs], above 0, under `weights` and under uniform ones; weights: [outputs], or
    [seeds, outputs] where they differ between seeds, as a placebo's. Outputs that weigh 0 have no
    logarithm, and are left out.

    Raises:
        InputError: where the weights that are above 0 are all alike or there is at most one, or where an error is 0.
    """
    errors, before, weights = (np.asarray(each, dtype=np.float64) for each in (errors, before, weights))
    weights = np.broadcast_to(weights, errors.shape)
    slopes = np.array([_slope(*seed) for seed in zip(errors, before, weights, strict=True)])
    if len(slopes) == 1:
        return Elasticity(float(slopes[0]), None, None, None)
    tested = mean_test(slopes, confidence=confidence)
    return Elasticity(tested.mean, tested.low, tested.high, tested.p_value)


def _slope(errors: np.ndarray, before: np.ndarray, weights: np.ndarray) -> float:
    """Of one seed; all [outputs]."""
    weighed = weights > 0
    if weighed.sum() < 2 or np.ptp(weights[weighed]) <= 1e-9 * weights.max():
        raise InputError(
            "weights",
            f"{weighed.sum()} of {weights.size} weights are above 0, and those are all alike",
            "Elasticity needs weights that differ; try weights=linear",
        )
    if not (errors[weighed] > 0).all() or not (before[weighed] > 0).all():
        raise InputError("data", "an output's error is 0", "Elasticity needs errors above 0; take noisier data")
    # Dividing the weights by their mean moves all logarithms alike, and centring takes that out.
    x = np.log(weights[weighed])
    x -= x.mean()
    return float(np.log(errors[weighed] / before[weighed]) @ x / (x @ x))
