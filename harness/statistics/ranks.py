"""Variants over several data sets, by their ranks (Demšar 2006, JMLR 7, section 3.2)."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from harness.errors import InputError


@dataclass(frozen=True)
class Ranks:
    """mean_ranks: [variants], 1 is best; p_value: Friedman's test.

    critical_difference: Nemenyi's; mean ranks at least so far apart are distinguished.
    cliques: indices of variants that are not distinguished, two or more, best first; none lies within a larger one.
    """

    mean_ranks: np.ndarray
    p_value: float
    critical_difference: float
    cliques: list[tuple[int, ...]]


def compare_ranks(scores: np.ndarray, *, level: float) -> Ranks:
    """scores: [data sets, variants], lower is better; equal ones share their mean rank.

    Where Friedman's test finds nothing at `level`, no variants are distinguished, whatever Nemenyi's test says.

    Raises:
        InputError: for fewer than three variants or two data sets, for which Friedman's test is not made.
    """
    scores = np.asarray(scores, dtype=np.float64)
    count, variants = scores.shape
    if count < 2:
        raise InputError("data", f"got {count} data set", "Ranks need two or more; report on sweeps of several")
    if variants < 3:
        raise InputError(
            "report.sweeps",
            f"{variants} variants were trained on every data set",
            "Friedman's test needs three or more; sweep the same ones on each",
        )
    ranked = stats.rankdata(scores, axis=1)
    mean_ranks = ranked.mean(axis=0)
    # With all ranks tied the statistic is 0 / 0, and nothing differs.
    p_value = 1.0 if np.ptp(ranked) == 0 else float(stats.friedmanchisquare(*scores.T).pvalue)
    studentized = stats.studentized_range.ppf(1 - level, variants, np.inf)
    critical = float(studentized * np.sqrt(variants * (variants + 1) / (12 * count)))
    return Ranks(mean_ranks, p_value, critical, _cliques(mean_ranks, critical if p_value < level else np.inf))


def _cliques(mean_ranks: np.ndarray, critical: float) -> list[tuple[int, ...]]:
    order = np.argsort(mean_ranks, kind="stable")
    ordered, found, covered = mean_ranks[order], [], 0
    for first in range(len(order)):
        end = first + int(np.sum(ordered[first:] - ordered[first] < critical))
        if end - first > 1 and end > covered:
            found.append(tuple(map(int, order[first:end])))
            covered = end
    return found
