"""A trial as one tracked run: trained once, its record written whole, delivered, and only then forgotten."""

import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from harness.config.build import Parts
from harness.errors import TrackingError
from harness.processes.lock import held
from harness.run import Run
from harness.spec import Logger, Opening, Outcome, RunStore
from harness.trial import record
from harness.trial.inputs import Inputs


def run_once(
    parts: Parts,
    inputs: Inputs,
    labels: Mapping[str, str],
    sweep: str | None,
    resume: bool,
    reuse: bool,
    write: Callable[[Path, Logger | None], None],
) -> Outcome:
    """Runs a trial in a folder of its own; only one process at a time does.

    Where the store is out of reach the trial is trained all the same, and its record waits.

    Args:
        labels: what tells this trial's variant from the others of its sweep.
        sweep: the sweep it belongs to, or None.
        resume: whether what an earlier start left in the folder counts.
        reuse: whether a FINISHED run of this very trial stands for it.
        write: called with the folder, and the run's logger, or None where it could not be started; leaves the trial's
            record there.

    Raises:
        whatever `write` does; the run is kept as FAILED.
    """
    name = inputs.fingerprint
    folder = Path(parts.config["trials"]) / name
    opening = record.opening(parts.config, parts.names, labels, sweep, inputs)
    with held(folder / "lock"):
        if reuse and (kept := _finished(parts.tracking.store, name)):
            return record.outcome_of(kept, labels, parts.seed, parts.fold, name)
        if not resume:
            _empty(folder)
        logger = parts.tracking.logger()
        started = _start(logger, opening)
        try:
            if not record.is_written(folder):
                write(folder, logger if started else None)
        except Exception as error:
            if started:
                with suppress(TrackingError):
                    record.close_failed(logger, error)
            # What a search has trained by then is not lost with it.
            if not any(folder.glob(f"*/*/{record.FOLDER}")):
                shutil.rmtree(folder)
            raise
        try:
            if not started:
                logger.start(opening)
            kept = record.deliver(folder, parts.tracking, logger)
        except TrackingError as error:
            waits = f"waits in {folder} to be delivered: {error}"
            return record.outcome_of(record.waiting(folder), labels, parts.seed, parts.fold, name, waits)
        outcome = record.outcome_of(kept, labels, parts.seed, parts.fold, name)
        shutil.rmtree(folder)
        return outcome


def _empty(folder: Path) -> None:
    """Removes what an earlier start left, but for the lock that is held."""
    for left in folder.iterdir():
        if left.is_dir():
            shutil.rmtree(left)
        elif left.name != "lock":
            left.unlink()


def _finished(store: RunStore, name: str) -> Run | None:
    """The trial as another process kept it meanwhile."""
    with suppress(TrackingError):
        return store.finished([name]).get(name)
    return None


def _start(logger: Logger, opening: Opening) -> bool:
    """Whether the run could be started."""
    try:
        logger.start(opening)
    except TrackingError:
        return False
    return True
