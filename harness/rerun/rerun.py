"""Trains a kept run again, from its kept config."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.config.build import build
from harness.config.keys import GROUPS
from harness.config.schema import check_sections
from harness.errors import InputError
from harness.processes.before_computing import before_computing
from harness.run import Run
from harness.terminal.progress import TrialProgress
from harness.tracking.store import RunStore
from harness.trial import record
from harness.trial.inputs import Inputs
from harness.trial.trial import prepare, train_and_write

KEY = "RUN_ID"
TRAINED = ("trial", "repeat")
# Where things are kept is for who runs it again to say: a config from a store chooses no folder that code is read from.
OWN = ("tracking", "trials", "compiled", "resume", "sweep", "report")


def chosen(store: RunStore, run_id: str) -> Run:
    """The run with this id.

    Raises:
        InputError: no such run, or one that is no finished training.
    """
    found = store.read([run_id])
    if not found:
        newest = store.find({"role": "trial"})[:3]
        known = f"The newest trials are: {', '.join(newest)}" if newest else "The experiment holds no trial"
        raise InputError(KEY, f"there is no run {run_id!r}", known)
    run = found[0]
    role, repeats = run.tags.get("role", "none"), store.find({"role": "repeat"}, below=run_id)
    if run.status == "FINISHED" and repeats:
        raise InputError(
            KEY, "this run is a search, the mean of several trainings", f"Write one of {', '.join(repeats)}"
        )
    if run.status != "FINISHED" or role not in TRAINED:
        found = f"the run is {run.status}, and its role is {role}"
        raise InputError(KEY, found, f"Write a FINISHED one with a role of {' or '.join(TRAINED)}")
    return run


def train_again(kept: Run, own: Mapping[str, Any], folder: Path) -> tuple[Run, Inputs]:
    """(the run as it is now, what it learned from); nothing of it goes to a store.

    Args:
        kept: a finished training.
        own: the resolved config of who runs it again: where programs are compiled to, and what modules are allowed.
        folder: an empty one, which holds the files of the run.

    Raises:
        InputError: the kept config names code that is not allowed, or no longer is what this version takes.
    """
    config = {**kept.config, **{key: own[key] for key in OWN}}
    check_sections(config)
    before_computing(config["threads"], Path(config["compiled"]))
    parts = build(config, {group: kept.tags.get(group, "") for group in GROUPS})
    with TrialProgress() as progress:
        monitor = parts.training.monitor
        progress.expect(parts.training.epochs, monitor, parts.metrics.of(monitor))
        inputs, network = prepare(parts)
        train_and_write(parts, inputs, network, folder, progress.epoch)
    return record.read(folder).as_run(), inputs
