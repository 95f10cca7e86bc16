"""Variants over several data sets: mean ranks, and every pair by Wilcoxon's signed-rank test.

After Demšar (2006, "Statistical comparisons of classifiers over multiple data sets", JMLR 7), but for the test that
tells variants apart. Whether a difference of mean ranks is large depends on which other variants were ranked along;
Wilcoxon's test of the pair alone, corrected for the number of pairs by Holm, does not (Benavoli, Corani and Mangili
2016, "Should we really use post-hoc tests based on mean-ranks?", JMLR 17(5)).
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from scipy import stats

from harness.errors import InputError
from harness.statistics.holm import holm

# Up to so many data sets p is that of all signs that the differences could have had.
EXACT = 12
# Relative differences below this are ties: one objective under two names ends nearer than that.
TIE = 1e-4


@dataclass(frozen=True)
class PairOfVariants:
    """One variant against another, a against b, by their places.

    difference: the mean over data sets of a's score less b's, as a share of the mean of both; wins, ties, losses: on
    how many data sets a is better than b, and so on; p_value: Wilcoxon's, two-sided; corrected: for all pairs, by Holm.
    """

    a: int
    b: int
    difference: float
    wins: int
    ties: int
    losses: int
    p_value: float
    corrected: float


@dataclass(frozen=True)
class Ranks:
    """mean_ranks: [variants], 1 is best; p_value: Friedman's test, NaN for two variants, for which it is not made.

    pairs: each once. cliques: indices of variants, next to each other by rank, of which no pair is distinguished, two
    or more, best first; none lies within a larger one.
    """

    mean_ranks: np.ndarray
    p_value: float
    pairs: list[PairOfVariants]
    cliques: list[tuple[int, ...]]


def compare_ranks(scores: np.ndarray, *, level: float) -> Ranks:
    """scores: [data sets, variants], lower is better; equal ones share their mean rank.

    A pair is distinguished where its corrected p is below `level`. Data sets have units of their own: what is tested
    are differences as shares of the mean of both scores.

    Raises:
        InputError: for fewer than two variants or two data sets.
    """
    scores = np.asarray(scores, dtype=np.float64)
    count, variants = scores.shape
    if count < 2:
        raise InputError("data", f"got {count} data set", "Ranks need two or more; report on sweeps of several")
    if variants < 2:
        found = f"{variants} variants were trained on every data set"
        raise InputError("report.sweeps", found, "Sweep the same ones, two or more, on each")
    ranked = stats.rankdata(scores, axis=1)
    # With all ranks tied the statistic is 0 / 0, and nothing differs.
    tied = np.ptp(ranked) == 0
    p_value = 1.0 if tied else float(stats.friedmanchisquare(*scores.T)[1]) if variants > 2 else np.nan
    places = list(combinations(range(variants), 2))
    differences = [_relative(scores[:, a], scores[:, b]) for a, b in places]
    p_values = np.array([_wilcoxon(each) for each in differences])
    pairs = [
        PairOfVariants(
            *place,
            float(each.mean()),
            int((each < 0).sum()),
            int((each == 0).sum()),
            int((each > 0).sum()),
            float(p),
            float(corrected),
        )
        for place, each, p, corrected in zip(places, differences, p_values, holm(p_values), strict=True)
    ]
    mean_ranks = ranked.mean(axis=0)
    told_apart = {(pair.a, pair.b) for pair in pairs if pair.corrected < level}
    return Ranks(mean_ranks, p_value, pairs, _cliques(mean_ranks, told_apart))


def smallest_p(data_sets: int, variants: int) -> float:
    """What a corrected p is at least, if one variant is better on every data set."""
    return 2.0 ** (1 - data_sets) * variants * (variants - 1) / 2


def _relative(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    size = (np.abs(a) + np.abs(b)) / 2
    relative = np.divide(a - b, size, out=np.zeros(len(a)), where=size > 0)
    return np.where(np.abs(relative) < TIE, 0, relative)


def _wilcoxon(differences: np.ndarray) -> float:
    """Pratt's way with ties: they take their ranks, and count for neither side."""
    if not differences.any():
        return 1.0
    # SciPy's annotations know neither this method nor what is returned.
    method: Any = stats.PermutationMethod(n_resamples=2**EXACT) if len(differences) <= EXACT else "approx"
    found: Any = stats.wilcoxon(differences, zero_method="pratt", method=method)
    return float(found.pvalue)


def _cliques(mean_ranks: np.ndarray, told_apart: set[tuple[int, int]]) -> list[tuple[int, ...]]:
    order = [int(place) for place in np.argsort(mean_ranks, kind="stable")]
    found, covered = [], 0
    for first in range(len(order)):
        end = first + 1
        while end < len(order) and not any(
            (min(order[end], other), max(order[end], other)) in told_apart for other in order[first:end]
        ):
            end += 1
        if end - first > 1 and end > covered:
            found.append(tuple(order[first:end]))
            covered = end
    return found
