"""Paired differences to a reference, with intervals, effect sizes, and p-values corrected for their number."""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from harness.statistics.mean_t import mean_t
from harness.statistics.seeds import need_two

# A difference of so many steps of a score's precision is rounding.
ROUNDING = 4 * np.finfo(np.float64).eps


@dataclass(frozen=True)
class Comparison:
    """A variant against the reference, over seeds.

    mean: its scores less the reference's; low, high: the paired t interval of that, for itself alone.
    effect_size: Hedges' g of the paired differences; None for two seeds, where no unbiased one exists.
    p_value: the paired t test's, two-sided; adjusted_p_value: by Holm over all comparisons.
    """

    mean: float
    low: float
    high: float
    effect_size: float | None
    p_value: float
    adjusted_p_value: float


def compare(scores: np.ndarray, *, reference: int, confidence: float) -> list[Comparison]:
    """Each variant but the reference, in their order; scores: [seeds, variants].

    Identical variants differ by 0: p is 1 and the effect 0. Differences that are the same number, not 0, on every seed
    leave nothing to chance over seeds: p is 0, the interval has no width, and the effect is infinite.

    Raises:
        InputError: for one seed.
    """
    scores = np.asarray(scores, dtype=np.float64)
    need_two(len(scores), "comparisons")
    others = [i for i in range(scores.shape[1]) if i != reference]
    if not others:
        return []
    differences = [_differences(scores[:, i], scores[:, reference]) for i in others]
    found = [mean_t(each, confidence=confidence) for each in differences]
    adjusted = _holm(np.array([each.p_value for each in found]))
    return [
        Comparison(each.mean, each.low, each.high, _hedges_g(values), each.p_value, float(p))
        for each, values, p in zip(found, differences, adjusted, strict=True)
    ]


def _holm(p_values: np.ndarray) -> np.ndarray:
    """The smallest times their number, the next times one less, and so on, never falling (Holm 1979).

    As statsmodels' multipletests, which collects the garbage of the whole process on each call.
    """
    order = np.argsort(p_values)
    stepped = np.maximum.accumulate(p_values[order] * np.arange(len(order), 0, -1))
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum(stepped, 1)
    return adjusted


def _differences(scores: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """[seeds]; those that are rounding alone are made alike, for a t test would take their spread for a measurement."""
    found = scores - reference
    rounding = ROUNDING * max(np.abs(scores).max(), np.abs(reference).max())
    found = np.where(np.abs(found) <= rounding, 0, found)
    return np.full_like(found, found.mean()) if np.ptp(found) <= rounding else found


def _hedges_g(differences: np.ndarray) -> float | None:
    """The mean in deviations, times the exact factor that makes it unbiased (Hedges 1981, J. Educ. Stat. 6(2))."""
    if np.ptp(differences) == 0:
        return float(np.sign(differences[0]) * np.inf) if differences[0] else 0.0
    free = len(differences) - 1
    if free < 2:
        return None
    unbiased = np.exp(gammaln(free / 2) - gammaln((free - 1) / 2)) / np.sqrt(free / 2)
    return float(unbiased * differences.mean() / differences.std(ddof=1))
