"""`sweep.merge_equivalent`: of trials that the audit shows to be one objective one is trained, and stands for all."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from harness.audit.probes import Batch
from harness.config.keys import Decides
from harness.processes.tensorflow import import_tensorflow
from harness.report.verdict import joined
from harness.spec import Outcome
from harness.sweep.objectives import Objective, grouped, objective_of, prepared, same_objectives, samples_of, section
from harness.sweep.plan import Planned
from harness.sweep.verdicts import name_of
from harness.terminal.table import swept

# What the audit compares on, and what it compares.
SAMPLES, OBJECTIVE = (Decides.DATA, Decides.TRAINING), (Decides.LOSS, Decides.WEIGHTS)
ALL_ELSE = (*SAMPLES, Decides.MODEL, Decides.EVALUATION, Decides.DEVICE)


class Merger:
    """Merges trials that differ in the name of their objective alone: the first one is trained.

    Each objective is audited once, on the data of its fold, whatever the sizes and seeds that it is trained with. A
    trial that is a search is left alone: what it searches may change its objective.
    """

    def __init__(self):
        self._first: dict[tuple[str, str], str] = {}

    def merged(self, trials: Sequence[Planned]) -> list[Planned]:
        """The same trials; each that another stands for has that one's fingerprint, by which it is trained once."""
        known = [trial for trial in trials if trial.fingerprint and not trial.config["search"]]
        self._audit([trial for trial in known if self._place(trial) not in self._first])
        first: dict[tuple[str, ...], Planned] = {}
        for trial in known:
            first.setdefault(self._key(trial), trial)
        ours = {id(trial) for trial in known}
        return [
            replace(trial, fingerprint=first[self._key(trial)].fingerprint) if id(trial) in ours else trial
            for trial in trials
        ]

    def _audit(self, trials: Sequence[Planned]) -> None:
        if not trials:
            return
        import_tensorflow()
        for members in grouped(trials, lambda trial: self._place(trial)[0]).values():
            distinct = {self._place(trial): trial for trial in reversed(members)}
            self._audit_on_one_data_set(dict(reversed(distinct.items())))

    def _audit_on_one_data_set(self, distinct: Mapping[tuple[str, str], Planned]) -> None:
        objectives: dict[tuple[str, str], Objective] = {}
        samples: Batch | None = None
        for place, trial in distinct.items():
            self._first[place] = place[1]
            try:
                parts, inputs, network = prepared(trial)
                samples = samples or samples_of(inputs, network)
                objectives[place] = objective_of(parts, inputs, trial, samples)
            except Exception:
                # Whatever it is, the trial meets it again and fails with it as its reason.
                continue
        places = list(objectives)
        for group in same_objectives(list(objectives.values())) if len(places) > 1 else ():
            for member in group:
                self._first[places[member]] = places[group[0]][1]

    def _place(self, trial: Planned) -> tuple[str, str]:
        """(what its samples follow from, its objective)."""
        return f"{trial.config['fold']} {section(SAMPLES)(trial)}", section(OBJECTIVE)(trial)

    def _key(self, trial: Planned) -> tuple[str, ...]:
        """What two trials share of which one is trained."""
        place = self._place(trial)
        return str(trial.config["seed"]), place[0], section(ALL_ELSE)(trial), self._first[place]


def merged_sentences(planned: Sequence[Planned]) -> list[str]:
    """One for each group of variants of which one is trained; what is the same trial anyway is none."""
    keys = swept([trial.labels for trial in planned])
    groups: dict[str, dict[str, None]] = {}
    for trial in planned:
        if trial.fingerprint:
            groups.setdefault(trial.fingerprint, {})[name_of(trial.labels, keys)] = None
    names = dict.fromkeys(tuple(group) for group in groups.values() if len(group) > 1)
    return [
        f"One objective by the audit, trained once, as {group[0]} (sweep.merge_equivalent): {joined(group)}."
        for group in names
    ]


def as_one_row(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Those that share a training as one variant, with all of their values in its labels."""
    by_training: dict[str, list[tuple[tuple[str, str], ...]]] = {}
    for outcome in outcomes:
        if outcome.fingerprint:
            by_training.setdefault(outcome.fingerprint, []).append(tuple(outcome.labels.items()))
    whole: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
    others = set()
    for variants in by_training.values():
        first, *rest = dict.fromkeys(variants)
        if rest:
            whole[first] = _together([dict(variant) for variant in (first, *rest)])
            others |= set(rest)
    kept = [outcome for outcome in outcomes if tuple(outcome.labels.items()) not in others]
    return [replace(outcome, labels=whole.get(tuple(outcome.labels.items()), outcome.labels)) for outcome in kept]


def _together(variants: Sequence[Mapping[str, str]]) -> dict[str, str]:
    keys = dict.fromkeys(key for labels in variants for key in labels)
    return {key: " = ".join(dict.fromkeys(labels[key] for labels in variants if key in labels)) for key in keys}
