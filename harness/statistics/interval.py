"""An interval for the mean of a score over seeds."""

import numpy as np
from scipy import stats

from harness.statistics.mean_t import mean_t
from harness.statistics.seeds import need_two

# Resamples of a few values never leave their range: below so many seeds no level makes them wide enough.
FEW = 10


def bootstrap_interval(
    scores: np.ndarray, *, confidence: float, resamples: int, rng: np.random.Generator
) -> tuple[float, float]:
    """(low, high) for the mean of scores [seeds].

    From ten seeds on the bootstrap's BCa interval (Efron 1987), at a level widened for its being too narrow in small
    samples: that at which a normal interval with the deviation over n is as wide as Student's t (Hesterberg 2014, "What
    teachers should know about the bootstrap", arXiv:1411.5279). With fewer seeds Student's t interval, which is wider
    and holds its level. Scores that are all alike: (that, that).

    Raises:
        InputError: for one seed.
    """
    scores = np.asarray(scores, dtype=np.float64)
    n = len(scores)
    need_two(n, "intervals")
    if n < FEW or np.ptp(scores) == 0:
        found = mean_t(scores, confidence=confidence)
        return found.low, found.high
    widened = stats.t.ppf((1 + confidence) / 2, n - 1) * np.sqrt(n / (n - 1))
    level = 1 - 2 * stats.norm.sf(widened)
    found = stats.bootstrap(
        (scores,), np.mean, confidence_level=level, n_resamples=resamples, method="BCa", vectorized=True, rng=rng
    )
    return float(found.confidence_interval.low), float(found.confidence_interval.high)
