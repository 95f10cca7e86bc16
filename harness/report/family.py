"""All comparisons of one report, corrected for their number in one place."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.errors import InputError
from harness.report.paired import Paired, paired
from harness.report.results import Results, Variant
from harness.report.settings import Settings
from harness.statistics.comparison import Comparison, compare
from harness.statistics.holm import holm
from harness.statistics.pair_test import compare_pair
from harness.statistics.shaffer import shaffer


@dataclass(frozen=True)
class Compared:
    """One group's variants against its reference.

    Attributes:
        group: the variants and the seeds that they share.
        comparisons: of group.others, in their order; none where `refused` says why.
        corrected: [others], p-values over the family, by Shaffer, or by Holm where there is no margin.
        equivalent: [others], those of the equivalence within the margin; NaN where there is none.
        family: how many comparisons the whole report makes, over all data sets and groups.
        by_looks: whether the number of seeds was decided on the way: then each comparison has all seeds of its pair,
            and its p-values hold at every look.
        refused: why these variants cannot be compared.
    """

    group: Paired
    comparisons: Sequence[Comparison]
    corrected: np.ndarray
    equivalent: np.ndarray
    family: int
    refused: str | None = None
    by_looks: bool = False


def compare_all(by_data: Sequence[Results], settings: Settings, by_looks: bool = False) -> list[list[Compared]]:
    """For each data set its groups of two variants or more; one correction over all of them."""
    groups = [[_compared(group, settings, by_looks) for group in _groups(results, settings)] for results in by_data]
    every = [comparison for part in groups for _, comparisons, _ in part for comparison in comparisons]
    corrected, equivalent = _corrected(every, settings.margin)
    family, start = len(every), 0
    whole = []
    for groups_of_one in groups:
        part = []
        for group, comparisons, refused in groups_of_one:
            end = start + len(comparisons)
            own = corrected[start:end], equivalent[start:end]
            part.append(Compared(group, comparisons, *own, family, refused, by_looks))
            start = end
        whole.append(part)
    return whole


def _corrected(every: Sequence[Comparison], margin: float | None) -> tuple[np.ndarray, np.ndarray]:
    if margin is None:
        return holm(np.array([each.p_value for each in every])), np.full(len(every), np.nan)
    both = shaffer(np.array([(each.p_value, each.p_equivalent) for each in every]).reshape(-1, 2))
    return both[:, 0], both[:, 1]


def _groups(results: Results, settings: Settings) -> list[Paired]:
    return [group for group in paired(results, settings.reference) if group.others]


def _compared(group: Paired, settings: Settings, by_looks: bool) -> tuple[Paired, list[Comparison], str | None]:
    try:
        if by_looks:
            return group, [_by_looks(group.reference, other, settings) for other in group.others], None
        scores = group.scores(settings.metric)
        return group, compare(scores, reference=0, confidence=settings.confidence, margin=settings.margin), None
    except InputError as error:
        return group, [], str(error)


def _by_looks(reference: Variant, other: Variant, settings: Settings) -> Comparison:
    """Over all seeds that the two share, in their order."""
    seeds = sorted(reference.seeds.keys() & other.seeds.keys())
    both = np.array(
        [[variant.seeds[seed].metrics[settings.metric] for seed in seeds] for variant in (other, reference)]
    )
    return compare_pair(both, confidence=settings.confidence, margin=settings.margin, by_looks=True)
