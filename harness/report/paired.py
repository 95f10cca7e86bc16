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
        return [variant.name for variant in (self.reference, *self.others)]


def paired(results: Results, reference: str | None) -> list[Paired]:
    """Groups of variants with seeds in common, each with its first variant as the reference, or with the one asked for.

    The reference is fixed beforehand, never the winner: a winner is lucky, and others would look worse than they are.
    """
    groups: list[list[Variant]] = []
    for variant in results.variants:
        for group in groups:
            if set.intersection(*(set(member.seeds) for member in (*group, variant))):
                group.append(variant)
                break
        else:
            groups.append([variant])
    return [_paired(group, reference) for group in groups]


def _paired(group: Sequence[Variant], reference: str | None) -> Paired:
    first = next((variant for variant in group if variant.name == reference), group[0])
    seeds = sorted(set.intersection(*(set(variant.seeds) for variant in group)))
    left_out = len(set.union(*(set(variant.seeds) for variant in group))) - len(seeds)
    return Paired(first, [variant for variant in group if variant is not first], seeds, left_out)
