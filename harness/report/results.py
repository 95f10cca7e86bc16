"""What a report is made from: the finished runs of the store, as variants and seeds on one data set each."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import yaml

from harness.config.keys import GROUPS
from harness.config.variant import distinguishing, variant_name
from harness.run import Run

EVALUATION = "evaluate."


@dataclass(frozen=True)
class Trained:
    """One network of one seed.

    metrics: the panel's scalars and what it cost; by_output: test RMSE [outputs]; own_loss, monitor, seconds: [epochs].
    """

    seed: int
    run: Run

    @cached_property
    def metrics(self) -> dict[str, float]:
        scalars = {name for name, points in self.run.points.items() if len(points) == 1 and "/" not in name}
        return {name: self.run.metrics[name] for name in scalars}

    @cached_property
    def by_output(self) -> np.ndarray:
        return self.run.points["test_rmse_by_output"][:, 1]

    def curve(self, name: str) -> np.ndarray:
        """[epochs]; empty where it was not kept."""
        return self.run.points.get(f"curve/{name}", np.empty((0, 2)))[:, 1]

    @cached_property
    def test(self) -> Mapping[str, np.ndarray]:
        """forecast, truth [n, outputs], evaluation_weights and, if there are any, own_weights; empty if not kept."""
        return _arrays(self.run, "test.npz")

    @cached_property
    def batch(self) -> Mapping[str, np.ndarray]:
        """rows [b], y_true, y_pred [b, outputs], scaled; empty if not kept."""
        return _arrays(self.run, "batch.npz")

    @cached_property
    def config(self) -> Mapping[str, Any]:
        return yaml.safe_load(self.run.files.path("config.yaml").read_text())

    @cached_property
    def weights(self) -> np.ndarray:
        """What it was trained under: [outputs] or [n, outputs]."""
        return np.load(self.run.files.path("weights.npy"))

    def squared_errors(self) -> np.ndarray:
        """[n, outputs] in the target's unit, squared."""
        return (self.test["forecast"].astype(np.float64) - self.test["truth"]) ** 2


@dataclass(frozen=True)
class Variant:
    """What is swept without the seed. labels: what tells it from the others; seeds: its networks."""

    name: str
    labels: Mapping[str, str]
    seeds: Mapping[int, Trained]

    @property
    def first(self) -> Trained:
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
    """All variants that were judged alike, on one data set; the first one comes first.

    baselines: test metrics of each naive baseline; failed: (variant, seed, reason).
    """

    data: str
    unit: str
    monitor: str
    variants: Sequence[Variant]
    baselines: Mapping[str, Mapping[str, float]]
    failed: Sequence[tuple[str, str, str]] = field(default_factory=tuple)

    def variant(self, name: str) -> Variant:
        return next(each for each in self.variants if each.name == name)


def results_of(runs: Sequence[Run], failed: Sequence[tuple[str, str, str]]) -> list[Results]:
    """Results for each data set and rule of judging, from trials, and from the repeats of those that are searches.

    failed: (variant, seed, reason), told with the last of them.

    A run of several with one config and seed is taken once, the first of them.
    """
    done = [run for run in runs if run.status == "FINISHED" and not is_search(run)]
    labels = distinguishing([_told(run) for run in done])
    groups: dict[tuple, list[int]] = {}
    for i, run in enumerate(done):
        groups.setdefault(_judged(run), []).append(i)
    several = len({run.tags["data_hash"] for run in done}) > 1
    found = []
    for places in groups.values():
        members = [(done[i], labels[i]) for i in places]
        found.append(_results(members, several))
    return [replace(each, failed=failed if i == len(found) - 1 else ()) for i, each in enumerate(found)]


def is_search(run: Run) -> bool:
    """Whether its metrics are the means of its repeats, which are runs of their own."""
    return run.status == "FINISHED" and "repeats" in _outcome(run)


def _outcome(run: Run) -> dict[str, Any]:
    return json.loads(run.files.path("outcome.json").read_text())


def _results(members: Sequence[tuple[Run, Mapping[str, str]]], several: bool) -> Results:
    seeds: dict[tuple, dict[int, Trained]] = {}
    for run, labels in members:
        own = {key: value for key, value in labels.items() if not (several and key.split(".")[0] == "data")}
        seeds.setdefault(tuple(own.items()), {}).setdefault(int(run.tags["seed"]), Trained(int(run.tags["seed"]), run))
    first = members[0][0]
    variants = [Variant(_name(key, first), dict(key), dict(sorted(each.items()))) for key, each in seeds.items()]
    judged = {key: value for key, value in members[0][1].items() if key.startswith(EVALUATION)}
    data = [f"{key}={value}" for key, value in members[0][1].items() if key.startswith("data.")]
    data += [f"fold {fold}"] if (fold := first.tags.get("fold", "0")) != "0" else []
    told = ", ".join([" ".join([first.tags["data"], *data]), *(f"judged by {value}" for value in judged.values())])
    baselines = _outcome(first)["baselines"]
    return Results(told, first.tags.get("unit", ""), first.params["train.monitor"], variants, baselines)


def _judged(run: Run) -> tuple:
    return run.tags["data_hash"], *sorted((k, v) for k, v in run.params.items() if k.startswith(EVALUATION))


def _told(run: Run) -> dict[str, str]:
    names = {group: run.tags[group] for group in GROUPS if group in run.tags}
    more = {key: value for key, value in run.params.items() if key not in names}
    # What a search found is its result, not what was asked.
    searched = run.tags.get("searched", "").split()
    return names | {key: value for key, value in more.items() if key not in searched}


def _name(labels: Sequence[tuple[str, str]], run: Run) -> str:
    return variant_name(dict(labels)) or variant_name({key: run.tags[key] for key in ("loss", "weights")})


def _arrays(run: Run, name: str) -> dict[str, np.ndarray]:
    file = run.files.path(name)
    if not file.exists():
        return {}
    with np.load(file) as arrays:
        return dict(arrays)
