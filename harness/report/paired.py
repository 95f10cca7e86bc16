"""Which variants can be compared seed by seed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.report.results import Results, Variant


@dataclass(frozen=True)
class Paired:
    """Variants that share seeds with a reference; one seed gives all of them the same start and order of batches.

    seeds: those that all of them have; left_out: how many of their seeds that leaves out.
    """

    reference: Variant
    others: Sequence[Variant]
    seeds: Sequence[int]
    left_out: int

    def scores(self, metric: str) -> np.ndarray:
        """[seeds, variants], the reference first."""
        return np.array([[v.seeds[s].metrics[metric] for v in (self.reference, *self.others)] for s in self.seeds])

    @property
    def names(self) -> list[str]:
        """Of the variants, the reference first."""
        return [each.name for each in (self.reference, *self.others)]


def paired(results: Results, reference: str | None) -> list[Paired]:
    """Groups of variants with seeds in common, each with its first variant as the reference, or with the one asked for.

    The reference is fixed beforehand, never the winner: a winner is lucky, and others would look worse than they are.
    """
    groups: list[list[Variant]] = []
    for each in results.variants:
        for group in groups:
            if set.intersection(*(set(v.seeds) for v in (*group, each))):
                group.append(each)
                break
        else:
            groups.append([each])
    return [_paired(group, reference) for group in groups]


def _paired(group: Sequence[Variant], reference: str | None) -> Paired:
    first = next((each for each in group if each.name == reference), group[0])
    seeds = sorted(set.intersection(*(set(each.seeds) for each in group)))
    left_out = len(set.union(*(set(each.seeds) for each in group))) - len(seeds)
    return Paired(first, [each for each in group if each is not first], seeds, left_out)
