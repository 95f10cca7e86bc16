"""A dry run: what a sweep would run, tried on one real batch, with what it would take."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from harness.audit.probes import Batch
from harness.config.keys import Decides
from harness.errors import HarnessError
from harness.processes.companion import Companion
from harness.processes.pool import Died
from harness.processes.tensorflow import import_tensorflow
from harness.run import Run
from harness.sweep.cost import Cost, Measured, trainings_of
from harness.sweep.merge import merged_sentences
from harness.sweep.objectives import (
    Objective,
    grouped,
    objective_of,
    prepared,
    same_objectives,
    samples_of,
    section,
)
from harness.sweep.plan import Planned
from harness.terminal.console import print_text
from harness.terminal.messages import FAILURE, describe_trial
from harness.terminal.table import swept

# All but the loss and its weights.
SAME_BUT_FOR_THE_LOSS = (Decides.DATA, Decides.MODEL, Decides.TRAINING, Decides.SEARCH)
# What makes an optimisation problem; the seed only picks where it starts.
PROBLEM = (*SAME_BUT_FOR_THE_LOSS, Decides.LOSS, Decides.WEIGHTS)


@dataclass(frozen=True)
class Tried:
    """A variant that works on one real batch.

    objective: what it minimises; parameters, own_parameters: how many numbers of the network train, and how many of the
    loss itself; trainings: how many its trials take together, at most.
    """

    trial: Planned
    objective: Objective
    parameters: int
    own_parameters: int
    trainings: int


def print_plan(
    planned: Sequence[Planned],
    done: Mapping[str, Run],
    left: Sequence[Planned],
    workers: int,
    merges: bool,
    companion: Companion[Sequence[Planned], Measured],
) -> None:
    """Prints what would run, what is done, which trials are the same, what cannot work, and what it would take.

    Tries each distinct variant on one batch; what a training takes is measured meanwhile.

    Args:
        merges: whether trials of one objective are merged.
        companion: see `measuring`.
    """
    variants = list(grouped(left, section(PROBLEM)).values())
    companion.give([group[0] for group in variants])
    keys = swept([trial.labels for trial in planned])
    before = sum(trial.fingerprint in done for trial in planned)
    print_text(f"{len(planned)} trials: {before} done before, {len(left)} to go. Nothing is trained by a dry run.")
    to_run = {id(trial) for trial in left}
    for trial in planned:
        if trial.fingerprint in done or id(trial) in to_run:
            state = "done before" if trial.fingerprint in done else "would run  "
            print_text(f"{state} {_describe(trial, keys)}", indent=" " * (len(state) + 1))
    for sentence in merged_sentences(planned) if merges else ():
        print_text(sentence)
    for twins in _groups(planned, lambda trial: f"{trial.fingerprint or trial.overrides} {section(PROBLEM)(trial)}"):
        print_text(f"The same trial, trained once: {' = '.join(_describe(trial, keys) for trial in twins)}")
    tried, refused = _try_each(variants)
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
        print_text(_estimate(companion.result(), [group[0] for group in variants], trainings, workers, keys))


def _try_each(variants: Sequence[list[Planned]]) -> tuple[list[Tried], list[tuple[list[Planned], str]]]:
    """(every distinct variant tried, the trials of every variant that cannot work, with the reason)."""
    import_tensorflow()
    tried, refused, samples = [], [], {}
    for group in variants:
        try:
            tried.append(_try(group, samples))
        except Exception as error:
            kind = "" if isinstance(error, HarnessError) else f"{type(error).__name__}: "
            refused.append((group, f"{kind}{error}"))
    return tried, refused


def _try(group: Sequence[Planned], samples: dict[str, Batch]) -> Tried:
    """The first of some trials that differ in their seeds alone, after one batch; errors are those of a training.

    samples: see `Objective`, of what was tried before, by all but the loss and its weights; a new one is added.
    """
    from harness.training.fit import first_step
    from harness.trial.trial import learned_from

    trial = group[0]
    parts, inputs, network = prepared(trial)
    same = section(SAME_BUT_FOR_THE_LOSS)(trial)
    if same not in samples:
        samples[same] = samples_of(inputs, network)
    objective = objective_of(parts, inputs, trial, samples[same])
    _, gradient, own_gradient = first_step(network, *learned_from(parts, inputs, network), parts.training, parts.seed)
    trainings = trainings_of(parts, inputs, trial) * len(group)
    return Tried(trial, objective, gradient.size, own_gradient.size, trainings)


def _same_problems(tried: Sequence[Tried]) -> list[list[Tried]]:
    """Variants that differ in name alone: on one data, network and training, of one objective by the audit."""
    same = []
    for members in grouped(tried, lambda variant: section(SAME_BUT_FOR_THE_LOSS)(variant.trial)).values():
        groups = same_objectives([variant.objective for variant in members])
        same += [[members[place] for place in group] for group in groups if len(group) > 1]
    return same


def _estimate(
    measured: Measured | Died, trials: Sequence[Planned], trainings: int, workers: int, keys: Sequence[str]
) -> str:
    """Time, as if each training took all its epochs, and disk; trials: those that the companion was given."""
    if not isinstance(measured, Cost):
        reason = measured.text if isinstance(measured, Died) else measured
        return f"What it takes cannot be said, since no training could be measured: {reason}"
    trial = trials[measured.place]
    epochs = trial.config["train"]["epochs"]
    seconds = measured.seconds(epochs) * -(-trainings // min(workers, trainings))
    disk = measured.size * trainings / 1e6
    most = f"{seconds // 60:.0f} min {seconds % 60:.0f} s with {workers} workers, {disk:.1f} MB of disk"
    following = "" if measured.following is None else f", {measured.following:.2f} s for the next of {epochs}"
    first = f"{measured.first:.1f} s for the first epoch{following}"
    return f"At most about {most}; measured on {_describe(trial, keys)}: {first}."


def _groups(trials: Sequence[Planned], key: Callable[..., str]) -> list[list[Planned]]:
    return [group for group in grouped(trials, key).values() if len(group) > 1]


def _describe(trial: Planned, keys: Sequence[str], seed: bool = True) -> str:
    shown = any(key in trial.labels for key in keys)
    replicate = seed or not shown
    return describe_trial(trial.labels, keys, trial.config["seed"] if replicate else None, trial.config["fold"])
