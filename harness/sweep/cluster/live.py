"""The learning curves of trials that other machines train, in their runs while they train."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from omegaconf import DictConfig

from harness.sweep.cluster.delivery import begin
from harness.tracking.logger import Logger
from harness.trial.live import SECONDS_A_BATCH
from harness.trial.points import Point


@dataclass
class _Run:
    logger: Logger
    waiting: list[Point] = field(default_factory=list)
    written: float = 0.0


class LiveRuns:
    """Runs that are started here when the first epoch of their trial arrives.

    As with a trial of this machine, a run is FINISHED only when its record is delivered, which brings every point
    again. What fails here ends the live curves of the sweep alone.

    Args:
        jobs: by number, composed, with Hydra's own keys.
    """

    def __init__(self, jobs: Mapping[int, DictConfig]):
        self._jobs, self._runs, self._is_over = jobs, dict[int, _Run](), False

    def take(self, number: int, points: list[Point]) -> None:
        """Points of a trial's curves. They wait for those that follow, so that few batches are written."""
        if self._is_over:
            return
        try:
            if number not in self._runs:
                self._runs[number] = _Run(begin(self._jobs[number]))
            run = self._runs[number]
            run.waiting += points
            if time.monotonic() > run.written + SECONDS_A_BATCH:
                run.logger.metrics(run.waiting)
                run.waiting, run.written = [], time.monotonic()
        # The delivery of the record meets the same, and says so.
        except Exception:
            self._is_over = True

    def end(self, number: int) -> Logger | None:
        """What the trial's run was started on; None where it was not. It is for the caller to close."""
        run = self._runs.pop(number, None)
        return None if run is None else run.logger
