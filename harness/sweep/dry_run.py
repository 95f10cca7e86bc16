"""A dry run: what a sweep would run, tried on one real batch, with what it would take."""

import json
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from harness.audit.probes import Batch
from harness.config.build import Parts, build
from harness.config.keys import Decides, deciding
from harness.errors import HarnessError
from harness.processes.tensorflow import import_tensorflow
from harness.run import Run
from harness.spec import LossVariant
from harness.sweep.plan import Planned
from harness.terminal.console import print_text
from harness.terminal.messages import FAILURE, describe_trial
from harness.terminal.table import swept
from harness.trial.inputs import Inputs

# All but the loss and its weights.
SAME_BUT_FOR_THE_LOSS = (Decides.DATA, Decides.MODEL, Decides.TRAINING, Decides.SEARCH)
# What makes an optimisation problem; the seed only picks where it starts.
PROBLEM = (*SAME_BUT_FOR_THE_LOSS, Decides.LOSS, Decides.WEIGHTS)

T = TypeVar("T")


@dataclass(frozen=True)
class Tried:
    """A variant that works on one real batch.

    loss: its loss variant; weights: as fitted; samples: some training samples under the network that every variant
    starts from, for the audit; batch_size: what is trained with; parameters, own_parameters: how many numbers of the
    network train, and how many of the loss itself; trainings: how many its trials take together, at most.
    """

    trial: Planned
    loss: LossVariant
    weights: np.ndarray
    samples: Batch
    batch_size: int
    parameters: int
    own_parameters: int
    trainings: int


def print_plan(planned: Sequence[Planned], done: Mapping[str, Run], left: Sequence[Planned], workers: int) -> None:
    """Prints what would run, what is done, which trials are the same, what cannot work, and what it would take.

    Tries each distinct variant on one batch and trains one network for two epochs, which is thrown away.
    """
    import_tensorflow()
    keys = swept([trial.labels for trial in planned])
    before = sum(trial.fingerprint in done for trial in planned)
    print_text(f"{len(planned)} trials: {before} done before, {len(left)} to go. Nothing is trained by a dry run.")
    to_run = {id(trial) for trial in left}
    for trial in planned:
        if trial.fingerprint in done or id(trial) in to_run:
            state = "done before" if trial.fingerprint in done else "would run  "
            print_text(f"{state} {_describe(trial, keys)}", indent=" " * (len(state) + 1))
    for twins in _groups(planned, lambda trial: trial.fingerprint or " ".join(trial.overrides)):
        print_text(f"The same trial, trained once: {' = '.join(_describe(trial, keys) for trial in twins)}")
    tried, refused = _try_each(left)
    for group, why in refused:
        print_text(f"Cannot work: {_describe(group[0], keys, seed=False)}: {why}", FAILURE)
    for variant in tried:
        if variant.own_parameters:
            counts = f"{variant.own_parameters} parameters of its own beside the network's {variant.parameters}"
            print_text(f"{_describe(variant.trial, keys, seed=False)}: its loss trains {counts}.")
    for group in _same_problems(tried):
        names = [_describe(variant.trial, keys, seed=False) for variant in group]
        print_text(f"The same optimisation problem under another name: {' = '.join(names)}")
    if tried:
        trainings = sum(variant.trainings for variant in tried)
        print_text(_cost(tried[0].trial, trainings, workers, keys))


def _try_each(left: Sequence[Planned]) -> tuple[list[Tried], list[tuple[list[Planned], str]]]:
    """(every distinct variant tried, the trials of every variant that cannot work, with the reason)."""
    tried, refused, samples = [], [], {}
    for group in _grouped(left, _section(PROBLEM)).values():
        try:
            tried.append(_try(group, samples))
        except Exception as error:
            kind = "" if isinstance(error, HarnessError) else f"{type(error).__name__}: "
            refused.append((group, f"{kind}{error}"))
    return tried, refused


def _try(group: Sequence[Planned], samples: dict[str, Batch]) -> Tried:
    """The first of some trials that differ in their seeds alone, after one batch; errors are those of a training.

    samples: see `Tried`, of what was tried before, by all but the loss and its weights; a new one is added.
    """
    from harness.training.fit import first_step
    from harness.trial.evaluation import shown_samples
    from harness.trial.trial import learned_from

    trial = group[0]
    parts, inputs, network = _prepared(trial)
    same = _section(SAME_BUT_FOR_THE_LOSS)(trial)
    if same not in samples:
        rows, true, predicted = shown_samples(inputs, lambda x: np.asarray(network(x, training=False)))
        samples[same] = Batch(true, predicted, rows)
    _, gradient, own_gradient = first_step(network, *learned_from(parts, inputs, network), parts.training, parts.seed)
    trainings = _trainings(parts, inputs, trial) * len(group)
    counts = parts.training.batch_size, gradient.size, own_gradient.size
    return Tried(trial, parts.loss, inputs.weights, samples[same], *counts, trainings)


def _trainings(parts: Parts, inputs: Inputs, trial: Planned) -> int:
    """How many trainings one trial takes at most."""
    if not parts.search:
        return 1
    from harness.search.study import checked_space

    space = checked_space(parts, inputs, trial.labels)
    return parts.search.planned(space, parts.training.epochs) + parts.search.repeats


def _same_problems(tried: Sequence[Tried]) -> list[list[Tried]]:
    """Variants that differ in name alone: on one data, network and training, of one objective by the audit."""
    same = []
    for members in _grouped(tried, lambda variant: _section(SAME_BUT_FOR_THE_LOSS)(variant.trial)).values():
        same += _same_objectives(members)
    return same


def _same_objectives(members: Sequence[Tried]) -> list[list[Tried]]:
    from harness.audit.audit import SAME, Variant, audit

    variants = [Variant(str(i), v.loss, v.trial.config["loss"], v.weights) for i, v in enumerate(members)]
    pairs = audit(variants, members[0].samples, members[0].batch_size).pairs
    equal = {(int(pair.a), int(pair.b)) for pair in pairs if pair.verdict == SAME}
    groups: list[list[int]] = []
    for place in range(len(members)):
        for group in groups:
            if (group[0], place) in equal:
                group.append(place)
                break
        else:
            groups.append([place])
    return [[members[place] for place in group] for group in groups if len(group) > 1]


def _cost(trial: Planned, trainings: int, workers: int, keys: Sequence[str]) -> str:
    """An estimate from two epochs of one trial: time as if each trained for all its epochs, and disk."""
    from harness.trial.trial import train_and_write

    parts, inputs, network = _prepared(trial)
    ends = [time.perf_counter()]
    with tempfile.TemporaryDirectory() as folder:
        sources = replace(parts.sources, config={**parts.config, "compiled": folder})
        short = replace(parts, sources=sources, training=replace(parts.training, epochs=2, patience=2))
        train_and_write(short, inputs, network, Path(folder), lambda *_: ends.append(time.perf_counter()))
        ends.append(time.perf_counter())
        size = sum(file.stat().st_size for file in Path(folder, "record").rglob("*") if file.is_file())
    first, second, rest = np.diff(ends)
    seconds = (first + second * (parts.training.epochs - 1) + rest) * -(-trainings // min(workers, trainings))
    measured = f"{first:.1f} s for the first epoch, {second:.2f} s for the next of {parts.training.epochs}"
    most = (
        f"{seconds // 60:.0f} min {seconds % 60:.0f} s with {workers} workers, {size * trainings / 1e6:.1f} MB of disk"
    )
    return f"At most about {most}; measured on {_describe(trial, keys)}: {measured}."


def _prepared(trial: Planned) -> tuple[Parts, Inputs, Any]:
    """Its parts, what it is trained on, and its network."""
    from harness.trial.trial import prepare

    parts = build(trial.config, trial.names)
    return parts, *prepare(parts)


def _section(kinds: Sequence[Decides]) -> Callable[[Planned], str]:
    """What of a trial's config decides one of these, as a text."""
    return lambda trial: json.dumps(deciding(trial.config, *kinds), sort_keys=True)


def _grouped(trials: Sequence[T], key: Callable[[T], str]) -> dict[str, list[T]]:
    groups: dict[str, list[T]] = {}
    for trial in trials:
        groups.setdefault(key(trial), []).append(trial)
    return groups


def _groups(trials: Sequence[Planned], key: Callable[..., str]) -> list[list[Planned]]:
    return [group for group in _grouped(trials, key).values() if len(group) > 1]


def _describe(trial: Planned, keys: Sequence[str], seed: bool = True) -> str:
    shown = any(key in trial.labels for key in keys)
    replicate = seed or not shown
    return describe_trial(trial.labels, keys, trial.config["seed"] if replicate else None, trial.config["fold"])
