"""How many seeds a comparison needs."""

from functools import cache

import numpy as np
from scipy import stats

from harness.errors import InputError
from harness.statistics.mean_test import FEW, p_of_mean
from harness.statistics.seeds import need_two

# More than anyone trains: a plan stops counting here.
MOST = 10**7
# From so many seeds on the test is hardly weaker than Student's t; below, its power is simulated on so many samples.
T_ALIKE, SAMPLES = 30, 4000


def seeds_for(differences: np.ndarray, effect: float, *, comparisons: int, level: float, power: float) -> int:
    """Seeds with which `mean_test` finds a true difference with the given power, two to ten million.

    differences: [seeds], of a few seeds, for their spread alone; effect: the difference to find, in their unit.
    The test is two-sided at level / comparisons, Bonferroni's bound for what Holm asks. Power is that for normal
    differences: the noncentral t's below six and from thirty seeds on, simulated between, where the test is weaker. Not
    counted is the skewness of other comparisons, which `compare` adds; it costs a point of power at ten seeds.

    A deviation measured on a few seeds is as often too low as too high, and half the plans made with it would fall
    short. Taken instead is its upper confidence bound, s sqrt((n - 1) / chi2), which lies above the truth with the
    probability `power` (Browne 1995, "On the use of a pilot sample for sample size determination", Statistics in
    Medicine 14): a plan from few seeds asks for many, one from many seeds comes down to what is needed.

    Raises:
        InputError: for one seed, or for an effect that is not above 0.
    """
    need_two(len(differences), "plans")
    deviation = float(np.std(differences, ddof=1)) if np.ptp(differences) else 0.0
    return seeds_for_spread(deviation, len(differences) - 1, effect, comparisons=comparisons, level=level, power=power)


def seeds_for_spread(
    deviation: float, free: int, effect: float, *, comparisons: int, level: float, power: float
) -> int:
    """See `seeds_for`; deviation: of the differences, estimated with so many degrees of freedom.

    Raises:
        InputError: for an effect that is not above 0.
    """
    if not effect > 0:
        raise InputError("report.effects", f"got a difference of {effect:g} to find", "Write one above 0")
    if not deviation:
        return 2
    upper = deviation * float(np.sqrt(free / stats.chi2.ppf(1 - power, free)))
    size, level = effect / upper, level / comparisons
    low, high = 1, 2
    while _power(high, size, level) < power:
        low, high = high, 2 * high
        if high > MOST:
            return MOST
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _power(middle, size, level) >= power else (middle, high)
    return high


def _power(seeds: int, size: float, level: float) -> float:
    """Of a two-sided test, for a mean of `size` deviations; the far tail is left out, which asks for no less."""
    if FEW <= seeds < T_ALIKE:
        return float((p_of_mean(_standard(seeds) + size) < level).mean())
    return float(stats.nct.sf(stats.t.isf(level / 2, seeds - 1), seeds - 1, size * np.sqrt(seeds)))


@cache
def _standard(seeds: int) -> np.ndarray:
    """[samples, seeds], standard normal."""
    return np.random.default_rng(0).standard_normal((SAMPLES, seeds))
