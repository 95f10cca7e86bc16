"""What a report is made from: the finished runs of the store, as variants and seeds on one data set each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from harness.config.keys import GROUPS
from harness.config.variant import distinguishing, variant_name
from harness.run import Run
from harness.tracking.sweeps import is_search

EVALUATION = "evaluate."


@dataclass(frozen=True)
class Variant:
    """What is swept without the seed. labels: what distinguishes it from the others; seeds: its networks."""

    name: str
    labels: Mapping[str, str]
    seeds: Mapping[int, Run]

    @property
    def first(self) -> Run:
        """The network of its lowest seed, where one stands for all."""
        return self.seeds[min(self.seeds)]

    def scores(self, metric: str) -> np.ndarray:
        """[seeds], in the order of the seeds."""
        return np.array([self.seeds[seed].metrics[metric] for seed in sorted(self.seeds)])

    def but(self, *keys: str) -> tuple[tuple[str, str], ...]:
        """Its labels without those at or below `keys`: what two variants share that differ there alone."""
        return tuple(
            (key, value)
            for key, value in self.labels.items()
            if not any(key == k or key.startswith(f"{k}.") for k in keys)
        )


@dataclass(frozen=True)
class Results:
    """All variants that were evaluated alike, on one data set; the first one comes first.

    source: data and evaluation in words; data: with the fold; baselines: test metrics of each naive baseline; failed:
    (variant, seed, reason).
    """

    source: str
    fold: int
    data: str
    unit: str
    monitor: str
    variants: Sequence[Variant]
    baselines: Mapping[str, Mapping[str, float]]
    failed: Sequence[tuple[str, str, str]] = field(default_factory=tuple)

    def on_common_seeds(self) -> "Results":
        """With those seeds alone that all variants have: means over others would not compare like with like."""
        common = set.intersection(*(set(variant.seeds) for variant in self.variants))
        kept = [
            replace(variant, seeds={seed: run for seed, run in variant.seeds.items() if seed in common})
            for variant in self.variants
        ]
        return replace(self, variants=kept) if common else self

    def variant(self, name: str) -> Variant:
        return next(variant for variant in self.variants if variant.name == name)


def results_of(
    runs: Sequence[Run], failed: Sequence[tuple[str, str, str]], merged: Mapping[str, str] | None = None
) -> list[Results]:
    """Results for each data set and way of evaluation, from trials, and from the repeats of those that are searches.

    failed: (variant, seed, reason); they stand in the last of the results. merged: see `Selection`.

    A run of several with one config and seed is taken once, the first of them.
    """
    done = [run for run in runs if run.status == "FINISHED" and not is_search(run)]
    labels = distinguishing([_asked(run) for run in done])
    groups: dict[tuple, list[int]] = {}
    for i, run in enumerate(done):
        groups.setdefault(_evaluated(run), []).append(i)
    several = len({run.tags["data_hash"] for run in done}) > 1
    results = [_results([(done[i], labels[i]) for i in places], several) for places in groups.values()]
    results = [_named(each, merged or {}) for each in results]
    return [*results[:-1], *(replace(last, failed=failed) for last in results[-1:])]


def _named(results: Results, merged: Mapping[str, str]) -> Results:
    """A variant that stands for several has the name of all of them."""
    variants = []
    for variant in results.variants:
        own = [merged[run.tags["fingerprint"]] for run in variant.seeds.values() if _is_one_of(run, merged)]
        variants.append(replace(variant, name=own[0]) if own else variant)
    return replace(results, variants=variants)


def _is_one_of(run: Run, merged: Mapping[str, str]) -> bool:
    return run.tags.get("fingerprint") in merged


def _results(members: Sequence[tuple[Run, Mapping[str, str]]], several: bool) -> Results:
    seeds: dict[tuple, dict[int, Run]] = {}
    for run, labels in members:
        own = {key: value for key, value in labels.items() if not (several and key.split(".")[0] == "data")}
        seeds.setdefault(tuple(own.items()), {}).setdefault(int(run.tags["seed"]), run)
    first = members[0][0]
    variants = [Variant(_name(key, first), dict(key), dict(sorted(own.items()))) for key, own in seeds.items()]
    evaluation = {key: value for key, value in members[0][1].items() if key.startswith(EVALUATION)}
    data = [f"{key}={value}" for key, value in members[0][1].items() if key.startswith("data.")]
    fold = int(first.tags.get("fold", "0"))
    by = [f"evaluated by {value}" for value in evaluation.values()]
    source, title = (
        ", ".join([" ".join([first.tags["data"], *data, *which]), *by])
        for which in ([], [f"fold {fold}"] if fold else [])
    )
    baselines = first.outcome["baselines"]
    return Results(source, fold, title, first.tags.get("unit", ""), first.params["train.monitor"], variants, baselines)


def _evaluated(run: Run) -> tuple:
    return run.tags["data_hash"], *sorted((k, v) for k, v in run.params.items() if k.startswith(EVALUATION))


def _asked(run: Run) -> dict[str, str]:
    names = {group: run.tags[group] for group in GROUPS if group in run.tags}
    more = {key: value for key, value in run.params.items() if key not in names}
    # What a search found is its result, not what was asked.
    searched = run.tags.get("searched", "").split()
    return names | {key: value for key, value in more.items() if key not in searched}


def _name(labels: Sequence[tuple[str, str]], run: Run) -> str:
    return variant_name(dict(labels)) or variant_name({key: run.tags[key] for key in ("loss", "weights")})
