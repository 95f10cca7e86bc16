"""Paired differences to a reference, with intervals, effect sizes and p-values, each for itself."""

from dataclasses import dataclass

import numpy as np
import scipy

from harness.statistics.mean_test import FEW, mean_test, p_of_mean, skewness
from harness.statistics.seeds import need_two

# A difference of so many steps of a score's precision is rounding.
ROUNDING = 4 * np.finfo(np.float64).eps


@dataclass(frozen=True)
class Comparison:
    """A variant against the reference, over seeds.

    Attributes:
        mean: its scores less the reference's.
        low, high: the interval of that mean, for itself alone.
        effect_size: Hedges' g of the paired differences; None for two seeds, where no unbiased one exists.
        p_value: two-sided, by `mean_test`, with the skewness that all comparisons have in common, but for itself alone;
            `holm` or `shaffer` corrects those of one family.
        p_equivalent: that the difference is as large as the margin or larger, by two one-sided tests (Schuirmann 1987,
            Journal of Pharmacokinetics and Biopharmaceutics 15(6)), each `mean_test` of the differences moved by the
            margin; None where there is no margin.
    """

    mean: float
    low: float
    high: float
    effect_size: float | None
    p_value: float
    p_equivalent: float | None


def compare(scores: np.ndarray, *, reference: int, confidence: float, margin: float | None) -> list[Comparison]:
    """Each variant but the reference, in their order; scores: [seeds, variants].

    margin: how large a difference does not matter, as a share of the reference's mean; None: none is too small.

    Identical variants differ by 0: p is 1 and the effect 0. Differences that are the same number, not 0, on every seed
    leave nothing to chance over seeds: p is 0, the interval has no width, and the effect is infinite.

    Raises:
        InputError: for one seed.
    """
    scores = np.asarray(scores, dtype=np.float64)
    need_two(len(scores), "comparisons")
    others = [i for i in range(scores.shape[1]) if i != reference]
    differences = [differences_of(scores[:, i], scores[:, reference]) for i in others]
    common = _common_skewness(differences)
    size = None if margin is None else margin * abs(float(scores[:, reference].mean()))
    return [_compare(each, confidence, common, size) for each in differences]


def _common_skewness(differences: list[np.ndarray]) -> float | None:
    """The mean skewness of those that vary; None where it cannot be measured, or is that of one alone."""
    varied = [each for each in differences if np.ptp(each) > 0]
    if len(varied) < 2 or len(varied[0]) < FEW:
        return None
    return float(skewness(np.array(varied)).mean())


def _compare(differences: np.ndarray, confidence: float, common: float | None, size: float | None) -> Comparison:
    tested = mean_test(differences, confidence=confidence, common=common)
    equivalent = None if size is None else float(p_equivalent(differences, np.array(size), common))
    return Comparison(tested.mean, tested.low, tested.high, _hedges_g(differences), tested.p_value, equivalent)


def p_equivalent(differences: np.ndarray, size: np.ndarray, common: float | None = None) -> np.ndarray:
    """The larger p of the two tests, that the mean is not above -size, and that it is not below size.

    differences: [..., seeds], size: [...] -> [...].
    """
    above, below = differences + size[..., None], differences - size[..., None]
    sides = [
        (p_different(above, common), above.mean(axis=-1) > 0),
        (p_different(below, common), below.mean(axis=-1) < 0),
    ]
    # Of one side, where the mean lies on the side that is claimed, and where not.
    return np.maximum(*(np.where(as_claimed, p / 2, 1 - p / 2) for p, as_claimed in sides))


def p_different(differences: np.ndarray, common: float | None = None) -> np.ndarray:
    """`mean_test`'s p of many samples at once, [..., seeds] -> [...]."""
    alike = np.ptp(differences, axis=-1) == 0
    # Values that are all alike have no t.
    varied = np.where(alike[..., None], np.arange(differences.shape[-1]), differences)
    p = p_of_mean(varied, None if common is None else np.array(common))
    return np.where(alike, differences[..., 0] == 0, p)


def differences_of(scores: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """[..., seeds]; those that are rounding are made equal, for a test would take their spread for a measurement."""
    differences = scores - reference
    largest = np.maximum(np.abs(scores).max(axis=-1, keepdims=True), np.abs(reference).max(axis=-1, keepdims=True))
    differences = np.where(np.abs(differences) <= ROUNDING * largest, 0, differences)
    alike = np.ptp(differences, axis=-1, keepdims=True) <= ROUNDING * largest
    return np.where(alike, differences.mean(axis=-1, keepdims=True), differences)


def _hedges_g(differences: np.ndarray) -> float | None:
    """The mean in deviations, times the exact factor that makes it unbiased (Hedges 1981, J. Educ. Stat. 6(2))."""
    if np.ptp(differences) == 0:
        return float(np.sign(differences[0]) * np.inf) if differences[0] else 0.0
    free = len(differences) - 1
    if free < 2:
        return None
    unbiased = np.exp(scipy.special.gammaln(free / 2) - scipy.special.gammaln((free - 1) / 2)) / np.sqrt(free / 2)
    return float(unbiased * differences.mean() / differences.std(ddof=1))
