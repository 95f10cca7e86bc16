"""Which runs a report is of: those of sweeps, or whatever a filter selects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.config.variant import variant_name
from harness.errors import InputError
from harness.report.settings import Settings
from harness.report.verdict import joined
from harness.run import Run
from harness.tracking.store import RunStore
from harness.tracking.sweeps import UNTIL, newest_sweep, outcomes_of, repeats_of, sweep_of, trials_of

KEY = "report.sweeps"


@dataclass(frozen=True)
class Selection:
    """What a report is of.

    runs: trials, and the repeats of those that are searches; failed: (variant, seed, reason) of those that gave
    nothing; sweeps: the runs of the sweeps themselves, which the report is kept with; waiting: how many trials are
    trained and not in the store yet; merged: the name of several variants by the fingerprint of the
    trial that stands for them.
    """

    name: str
    runs: Sequence[Run]
    failed: Sequence[tuple[str, str, str]]
    sweeps: Sequence[Run] = ()
    waiting: int = 0
    merged: Mapping[str, str] = field(default_factory=dict)

    @property
    def by_looks(self) -> bool:
        """Whether the number of seeds was decided on the way, by what the seeds before showed."""
        return any(sweep.tags.get(UNTIL) == "decided" for sweep in self.sweeps)


def select(store: RunStore, settings: Settings) -> Selection:
    """The runs of `report.sweeps` or `report.filter`, or of the newest sweep.

    Raises:
        InputError: no such sweep, or nothing that the filter selects.
    """
    if settings.filter:
        runs = store.read(store.select(settings.filter))
        trials = [run for run in runs if run.tags.get("role") == "trial"]
        if not trials:
            found = f"{settings.filter!r} selects {len(runs)} runs, no trial among them"
            raise InputError("report.filter", found, "Try it in MLflow's search box")
        failed = [_failure(run) for run in trials if run.status == "FAILED"]
        return Selection("selected runs", [*trials, *repeats_of(store, trials)], failed)
    sweeps = [sweep_of(store, name, KEY) for name in settings.sweeps] or [newest_sweep(store, KEY)]
    runs, failed, waiting, merged = [], [], 0, {}
    for sweep in sweeps:
        trials = trials_of(store, sweep)
        runs += [*trials, *repeats_of(store, trials)]
        failed += _failures(sweep, trials)
        waiting += _waiting(sweep)
        merged |= _merged(sweep)
    unique = {run.run_id: run for run in runs}
    return Selection(
        " and ".join(sweep.tags["sweep"] for sweep in sweeps), list(unique.values()), failed, sweeps, waiting, merged
    )


def _merged(sweep: Run) -> dict[str, str]:
    """By fingerprint, where outcomes of several variants share a training."""
    outcomes = outcomes_of(sweep) or []
    keys = dict.fromkeys(key for outcome in outcomes for key in outcome["labels"])
    keys = [key for key in keys if len({outcome["labels"].get(key) for outcome in outcomes}) > 1]
    names: dict[str, dict[str, None]] = {}
    for outcome in outcomes:
        labels = {key: outcome["labels"][key] for key in keys if key in outcome["labels"]}
        names.setdefault(outcome["fingerprint"], {})[variant_name(labels)] = None
    return {own: joined(list(group)) for own, group in names.items() if own and len(group) > 1}


def _failures(sweep: Run, trials: Sequence[Run]) -> list[tuple[str, str, str]]:
    outcomes = outcomes_of(sweep)
    if outcomes is None:
        return [_failure(run) for run in trials if run.status == "FAILED"]
    return [_lost(outcome) for outcome in outcomes if outcome["status"] != "FINISHED"]


def _waiting(sweep: Run) -> int:
    return sum(outcome["status"] == "FINISHED" and bool(outcome["reason"]) for outcome in outcomes_of(sweep) or ())


def _failure(run: Run) -> tuple[str, str, str]:
    return run.tags.get("variant", ""), run.tags.get("seed", ""), run.tags.get("failure", "")


def _lost(outcome: dict[str, Any]) -> tuple[str, str, str]:
    labels = " ".join(f"{key}={value}" for key, value in outcome["labels"].items())
    return labels, str(outcome["seed"]), outcome["reason"]
