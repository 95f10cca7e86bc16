"""What is compared as one: the results on one data set under one evaluation, with all their folds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harness.report.results import Results
from harness.run import Run


@dataclass(frozen=True)
class Problem:
    """folds: the results of each fold, one or more."""

    folds: Sequence[Results]

    @property
    def source(self) -> str:
        """Data and evaluation in words."""
        return self.folds[0].source

    @property
    def labels(self) -> dict[str, Mapping[str, str]]:
        """What distinguishes each variant, by its name."""
        return {variant.name: variant.labels for results in self.folds for variant in results.variants}

    @property
    def runs(self) -> dict[str, dict[tuple[int, int], Run]]:
        """The networks by variant and (seed, fold)."""
        found: dict[str, dict[tuple[int, int], Run]] = {}
        for results in self.folds:
            for variant in results.variants:
                own = found.setdefault(variant.name, {})
                own |= {(seed, results.fold): run for seed, run in variant.seeds.items()}
        return found

    def scores(self, metric: str) -> dict[str, dict[tuple[int, int], float]]:
        """By variant and (seed, fold)."""
        return {name: {place: run.metrics[metric] for place, run in own.items()} for name, own in self.runs.items()}

    def baselines(self, metric: str) -> dict[str, float]:
        """Of each naive baseline the mean over folds; those that every fold has."""
        names = dict.fromkeys(name for results in self.folds for name in results.baselines)
        by_name = {name: [results.baselines.get(name, {}).get(metric) for results in self.folds] for name in names}
        return {
            name: float(np.mean([value for value in values if value is not None]))
            for name, values in by_name.items()
            if None not in values
        }


def problems_of(by_data: Sequence[Results]) -> list[Problem]:
    """The results of one data set and evaluation together, in their order."""
    found: dict[str, list[Results]] = {}
    for results in by_data:
        found.setdefault(results.source, []).append(results)
    return [Problem(folds) for folds in found.values()]
