"""The runs of a sweep: its own, its trials, and the repeats of those that are searches."""

import json
from collections.abc import Sequence
from typing import Any

from harness.checks import did_you_mean
from harness.errors import InputError
from harness.run import Run
from harness.tracking.store import RunStore

SWEEP = {"role": "sweep"}
# The tag that holds `sweep.until`.
UNTIL = "until"


def newest_sweep(store: RunStore, key: str) -> Run:
    """The run of the sweep that started last. Raises InputError, naming `key`, where the store holds none."""
    ids = store.find(SWEEP)
    if not ids:
        instead = "Run one with -m, or select trials with report.filter=..."
        raise InputError(key, "the experiment holds no sweep", instead)
    return store.read(ids[:1])[0]


def sweep_of(store: RunStore, name: str, key: str) -> Run:
    """The run of the sweep with this name: of several starts the newest that got to its end, or else the newest.

    Raises:
        InputError: no such sweep; it names `key`, and the sweeps that there are.
    """
    starts = store.read(store.find({**SWEEP, "sweep": name}))
    if starts:
        return next((run for run in starts if run.status == "FINISHED"), starts[0])
    known = list(dict.fromkeys(run.tags["sweep"] for run in store.read(store.find(SWEEP))))
    newest = f"The newest are: {', '.join(known[:5])}" if known else "The experiment holds none: run one with -m"
    raise InputError(key, f"there is no sweep {name!r}", f"{did_you_mean(name, known)}{newest}")


def outcomes_of(sweep: Run) -> list[dict[str, Any]] | None:
    """One outcome a trial, as the sweep's table has it; None where the sweep has not got to its end."""
    file = sweep.files.path("outcomes.json")
    return json.loads(file.read_text()) if file.exists() else None


def trials_of(store: RunStore, sweep: Run) -> list[Run]:
    """The trials of a sweep, with those that an earlier sweep trained; of one that runs yet, what is there by now."""
    outcomes = outcomes_of(sweep)
    if outcomes is None:
        return list(store.read(store.find({"role": "trial", "sweep": sweep.tags["sweep"]})))
    run_ids = dict.fromkeys(outcome["run_id"] for outcome in outcomes if outcome["run_id"])
    return list(store.read(list(run_ids)))


def is_search(run: Run) -> bool:
    """Whether its metrics are the means of its repeats, which are runs of their own."""
    return run.status == "FINISHED" and "repeats" in run.outcome


def repeats_of(store: RunStore, trials: Sequence[Run]) -> list[Run]:
    """The repeats of those trials that are searches, in the order in which they were trained."""
    below = [store.find({"role": "repeat"}, below=run.run_id) for run in trials if is_search(run)]
    return list(store.read([run_id for ids in below for run_id in reversed(ids)]))
