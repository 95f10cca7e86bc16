"""Which runs a report is of: those of sweeps, or whatever a filter selects."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from harness.errors import InputError
from harness.report.results import is_search
from harness.report.settings import Settings
from harness.run import Run
from harness.spec import RunStore

SWEEPS = {"role": "sweep"}


@dataclass(frozen=True)
class Selection:
    """What a report is of.

    runs: trials, and the repeats of those that are searches; failed: (variant, seed, reason) of those that gave
    nothing; sweeps: the runs of the sweeps themselves, which the report is kept with.
    """

    name: str
    runs: Sequence[Run]
    failed: Sequence[tuple[str, str, str]]
    sweeps: Sequence[Run] = ()


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
        return Selection("selected runs", [*trials, *_repeats(store, trials)], failed)
    sweeps = [_sweep(store, name) for name in settings.sweeps] or [_newest(store)]
    runs, failed = [], []
    for sweep in sweeps:
        trials, lost = _trials(store, sweep)
        runs += [*trials, *_repeats(store, trials)]
        failed += lost
    unique = {run.run_id: run for run in runs}
    return Selection(" and ".join(sweep.tags["sweep"] for sweep in sweeps), list(unique.values()), failed, sweeps)


def _newest(store: RunStore) -> Run:
    found = store.find(SWEEPS)
    if not found:
        instead = "Run one with -m, or select trials with report.filter=..."
        raise InputError("report.sweeps", "the experiment holds no sweep", instead)
    return _best_of(store.read(found[:1]))


def _sweep(store: RunStore, name: str) -> Run:
    found = store.read(store.find({**SWEEPS, "sweep": name}))
    if found:
        return _best_of(found)
    known = list(dict.fromkeys(run.tags["sweep"] for run in store.read(store.find(SWEEPS))))
    near = get_close_matches(name, known, n=1)
    meant = f"Did you mean {near[0]}? " if near else ""
    newest = f"The newest are: {', '.join(known[:5])}" if known else "The experiment holds none: run one with -m"
    raise InputError("report.sweeps", f"there is no sweep {name!r}", f"{meant}{newest}")


def _best_of(runs: Sequence[Run]) -> Run:
    """Of several starts of a sweep the newest that got to its end, or else the newest."""
    return next((run for run in runs if run.status == "FINISHED"), runs[0])


def _trials(store: RunStore, sweep: Run) -> tuple[list[Run], list[tuple[str, str, str]]]:
    outcomes = sweep.files.path("outcomes.json")
    if not outcomes.exists():
        # It has not got to its end: what is there by now.
        runs = store.read(store.find({"role": "trial", "sweep": sweep.tags["sweep"]}))
        return list(runs), [_failure(run) for run in runs if run.status == "FAILED"]
    told = json.loads(outcomes.read_text())
    ids = list(dict.fromkeys(each["run_id"] for each in told if each["run_id"]))
    return list(store.read(ids)), [_lost(each) for each in told if each["status"] != "FINISHED"]


def _repeats(store: RunStore, trials: Sequence[Run]) -> list[Run]:
    below = [store.find({"role": "repeat"}, below=run.run_id) for run in trials if is_search(run)]
    return list(store.read([run_id for ids in below for run_id in reversed(ids)]))


def _failure(run: Run) -> tuple[str, str, str]:
    return run.tags.get("variant", ""), run.tags.get("seed", ""), run.tags.get("failure", "")


def _lost(outcome: dict[str, Any]) -> tuple[str, str, str]:
    labels = " ".join(f"{key}={value}" for key, value in outcome["labels"].items())
    return labels, str(outcome["seed"]), outcome["reason"]
