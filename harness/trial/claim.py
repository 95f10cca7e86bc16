"""A trial as one tracked run: worked on by one process, its record written whole, delivered, and only then removed."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from harness.errors import TrackingError
from harness.kinds import Config
from harness.processes.lock import held
from harness.run import Run
from harness.spec import Outcome
from harness.tracking.logger import Logger
from harness.tracking.tracking import Tracking
from harness.trial import record
from harness.trial.inputs import Inputs
from harness.trial.opening import opening_of

LOCK = "lock"


class Claimed(Protocol):
    """What of a trial's `Parts` says which trial it is, and where it is kept."""

    @property
    def config(self) -> Config: ...
    @property
    def names(self) -> Mapping[str, str]: ...
    @property
    def seed(self) -> int: ...
    @property
    def fold(self) -> int: ...
    @property
    def tracking(self) -> Tracking: ...


class Claim:
    """A trial that this process alone works on, as `claim` gives it.

    Attributes:
        folder: holds the trial's lock, its checkpoint, and its record once that is written.
        finished: the FINISHED run that stands for the trial, such as another process kept meanwhile, or None.
    """

    def __init__(
        self, parts: Claimed, inputs: Inputs, labels: Mapping[str, str], sweep: str | None, logger: Logger | None
    ):
        self._parts, self._inputs, self._labels, self._sweep = parts, inputs, labels, sweep
        self.folder = Path(parts.config["trials"]) / inputs.fingerprint
        self.finished: Run | None = None
        self._logger = parts.tracking.logger() if logger is None else logger
        self._started, self._committed = logger is not None, False

    @property
    def logger(self) -> Logger | None:
        """The write side of its run; None where that could not be started in the store.

        The trial is trained all the same, and `commit` tries again.
        """
        return self._logger if self._started else None

    @property
    def needs_record(self) -> bool:
        """Whether the trial is to be trained, and its record written to `folder`."""
        return self.finished is None and not record.is_written(self.folder)

    def commit(self) -> Outcome:
        """Delivers the record and removes the folder; where the store is out of reach, the record waits there.

        Call it once, as the last thing in the block of `claim`.
        """
        self._committed = True
        who = self._parts.seed, self._parts.fold, self._inputs.fingerprint
        if self.finished:
            return record.outcome_of(self.finished, self._labels, *who)
        try:
            self._start()
            kept = record.deliver(self.folder, self._parts.tracking, self._logger)
        except TrackingError as error:
            waits = f"waits in {self.folder} to be delivered: {error}"
            return record.outcome_of(record.read(self.folder).as_run(), self._labels, *who, waits)
        outcome = record.outcome_of(kept, self._labels, *who)
        shutil.rmtree(self.folder)
        return outcome

    def _begin(self, resume: bool, reuse: bool) -> None:
        if reuse:
            name = self._inputs.fingerprint
            with suppress(TrackingError):
                self.finished = self._parts.tracking.store.finished([name]).get(name)
        if not self.finished:
            if not resume:
                self._remove_all_but_the_lock()
            with suppress(TrackingError):
                self._start()
        elif self._started:
            with suppress(TrackingError):
                self._logger.close("KILLED", {})

    def _start(self) -> None:
        if not self._started:
            config, names = self._parts.config, self._parts.names
            self._logger.start(opening_of(config, names, self._labels, self._sweep, self._inputs))
            self._started = True

    def _fail(self, error: Exception) -> None:
        # A record that is written is worth delivering, whatever went wrong after it.
        if self._committed:
            return
        if self.logger:
            with suppress(TrackingError):
                record.close_failed(self.logger, record.failure_of(error))
        # The next start uses the tuner trials that a search has kept by now.
        if not any(self.folder.glob(f"*/*/{record.FOLDER}")):
            shutil.rmtree(self.folder)

    def _remove_all_but_the_lock(self) -> None:
        for left in self.folder.iterdir():
            if left.is_dir():
                shutil.rmtree(left)
            elif left.name != LOCK:
                left.unlink()


@contextmanager
def claim(
    parts: Claimed,
    inputs: Inputs,
    labels: Mapping[str, str],
    sweep: str | None,
    *,
    resume: bool,
    reuse: bool,
    logger: Logger | None = None,
) -> Iterator[Claim]:
    """Holds a trial for this process alone: `with claim(...) as run:`, train where `needs_record`, `run.commit()`.

    Waits while another process holds the trial. Several trials can be held at once; those who do that claim them in
    the order of their fingerprints, so that no two processes wait for each other.

    Args:
        parts, inputs: of the trial.
        labels: what distinguishes this trial's variant from the others of its sweep.
        sweep: the sweep it belongs to, or None.
        resume: whether what an earlier start left in the folder counts.
        reuse: whether a FINISHED run of this very trial stands for it.
        logger: on which its run was started already; where another run stands for it, it is ended as KILLED.

    Raises:
        whatever the block raises; its run is then kept as FAILED.
        RuntimeError: the block ended without `commit`.
    """
    run = Claim(parts, inputs, labels, sweep, logger)
    with held(run.folder / LOCK):
        run._begin(resume, reuse)
        try:
            yield run
            if not run._committed:
                raise RuntimeError(f"the trial in {run.folder} was claimed and never committed")
        except Exception as error:
            run._fail(error)
            raise
