"""What a planned trial trains, on some real samples, for the audit of which trials are one objective."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from harness.audit.probes import Batch
from harness.config.build import Parts, build
from harness.config.keys import Decides, deciding
from harness.kinds import Config
from harness.spec import LossVariant
from harness.sweep.plan import Planned
from harness.trial.inputs import Inputs

T = TypeVar("T")


@dataclass(frozen=True)
class Objective:
    """What a trial minimises.

    loss: its loss variant, of the resolved config; weights: as fitted; samples: some training samples under the network
    that every variant starts from; batch_size: what is trained with.
    """

    loss: LossVariant
    config: Config
    weights: np.ndarray
    samples: Batch
    batch_size: int


def prepared(trial: Planned) -> tuple[Parts, Inputs, Any]:
    """Its parts, what it is trained on, and its network; errors are those of a training."""
    from harness.trial.trial import prepare

    parts = build(trial.config, trial.names)
    return parts, *prepare(parts)


def samples_of(inputs: Inputs, network: Any) -> Batch:
    """Some training samples, and what a network predicts for them before it is trained."""
    from harness.trial.evaluation import shown_samples

    rows, true, predicted = shown_samples(inputs, lambda x: np.asarray(network(x, training=False)))
    return Batch(true, predicted, rows)


def objective_of(parts: Parts, inputs: Inputs, trial: Planned, samples: Batch) -> Objective:
    """Of what `prepared` gave for a trial; samples: of the same data."""
    return Objective(parts.loss, trial.config["loss"], inputs.weights, samples, parts.training.batch_size)


def same_objectives(objectives: Sequence[Objective]) -> list[list[int]]:
    """The places of objectives on the same samples in groups that the audit shows to be the same."""
    from harness.audit.audit import SAME, Variant, audit

    variants = [Variant(str(i), each.loss, each.config, each.weights) for i, each in enumerate(objectives)]
    pairs = audit(variants, objectives[0].samples, objectives[0].batch_size).pairs
    equal = {(int(pair.a), int(pair.b)) for pair in pairs if pair.verdict == SAME}
    groups: list[list[int]] = []
    for place in range(len(objectives)):
        for group in groups:
            if (group[0], place) in equal:
                group.append(place)
                break
        else:
            groups.append([place])
    return groups


def section(kinds: Sequence[Decides]) -> Callable[[Planned], str]:
    """What of a trial's config decides one of these, as a text."""
    return lambda trial: json.dumps(deciding(trial.config, *kinds), sort_keys=True)


def grouped(trials: Sequence[T], key: Callable[[T], str]) -> dict[str, list[T]]:
    """By the key of each, in their order."""
    groups: dict[str, list[T]] = {}
    for trial in trials:
        groups.setdefault(key(trial), []).append(trial)
    return groups
