"""What of a sweep is done, what is left, and the outcome of each of its trials."""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from harness.processes.lock import is_held
from harness.run import Run
from harness.spec import Outcome
from harness.sweep.outcomes import read_outcomes
from harness.sweep.plan import Planned
from harness.trial.record import outcome_of

LOST = "the launcher lost it; the same command tries again"


def to_go(planned: Sequence[Planned], done: Mapping[str, Run]) -> list[Planned]:
    """What is left to train, in the order of the sweep; duplicates once."""
    left = {_key(trial): trial for trial in reversed(planned) if trial.fingerprint not in done}
    return list(left.values())[::-1]


def sweep_folder(root: Path, identity: str, resume: bool) -> Path:
    """The folder of the sweep that holds the same trials, if one was begun, or a new one."""
    begun = sorted(root.glob(f"*_{identity}")) if resume else []
    folder = begun[-1] if begun else root / f"{datetime.now():%Y-%m-%d_%H-%M-%S-%f}_{identity}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def is_alive(tags: Mapping[str, str], trials: Path, folder: Path) -> bool:
    """Whether the process of a RUNNING run lives: then it holds its trial's lock, or its sweep's.

    A trial of a sweep that lives may be trained on another machine; that sweep ends its runs itself.

    Args:
        tags: the run's; trials: where the trials' folders are; folder: the sweep that asks, which begins anew.
    """
    sweep = tags.get("sweep")
    if sweep is not None and sweep != folder.name and is_held(folder.parent / sweep / "lock"):
        return True
    if tags.get("role") == "sweep":
        return False
    return "fingerprint" in tags and is_held(trials / tags["fingerprint"] / "lock")


def remove_leftovers(trials: Path, done: Iterable[str]) -> None:
    """Removes the folders of trials whose results are kept: their processes died before they could do so.

    Args:
        trials: where the trials' folders are; done: the fingerprints of trials that are FINISHED in the store.
    """
    for fingerprint in done:
        folder = trials / fingerprint
        if folder.exists() and not is_held(folder / "lock"):
            shutil.rmtree(folder, ignore_errors=True)


def gather(planned: Sequence[Planned], done: Mapping[str, Run], left: Sequence[Planned], folder: Path) -> list[Outcome]:
    """One outcome a planned trial: from the store, from this start, or, for a duplicate, from its twin."""
    written, found = read_outcomes(folder), {}
    for number, trial in enumerate(left):
        missing = Outcome(
            "FAILED", trial.labels, trial.config["seed"], {}, {}, "", 0.0, LOST, fold=trial.config["fold"]
        )
        found[_key(trial)] = written.get(number, missing)
    outcomes = []
    for trial in planned:
        seed, fold = trial.config["seed"], trial.config["fold"]
        if trial.fingerprint and trial.fingerprint in done:
            outcomes.append(outcome_of(done[trial.fingerprint], trial.labels, seed, fold, trial.fingerprint))
        else:
            outcomes.append(replace(found[_key(trial)], labels=trial.labels, seed=seed, fold=fold))
    return outcomes


def _key(trial: Planned) -> str:
    return trial.fingerprint or " ".join(trial.overrides)
