"""The learning curves of a training, delivered to its run while it trains."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from harness.tracking.logger import Logger
from harness.training.history import History
from harness.trial.points import Points, curve_points

# To write a batch costs some 20 ms of CPU time: once in so many seconds that is less than half a percent.
SECONDS_A_BATCH = 5.0
# A training that failed does not wait for a store that may be out of reach.
SECONDS_AFTER_FAILURE = 1.0


class Curves:
    """Takes in the epochs of one training, and writes them to its logger from a thread of its own.

    A run is FINISHED only when its record is delivered, which brings every point again; a logger keeps each once. So
    what fails here ends the live curves alone.
    """

    def __init__(self, logger: Logger, monitor: str):
        self._logger, self._monitor = logger, monitor
        self._taken, self._waiting = 0, list[tuple[str, float, int]]()
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._write, name="live curves", daemon=True)

    def take(self, history: History) -> None:
        """The epochs that it has not seen yet; of a training that resumed, those before it too."""
        fresh = curve_points(history, self._monitor, self._taken)
        with self._lock:
            self._waiting += fresh
        self._taken = len(history.monitor)
        if self._thread.ident is None:
            self._thread.start()

    def end(self, seconds: float | None) -> None:
        """Waits until nothing is being written any more, at most so long; None: as long as it takes."""
        self._ended.set()
        if self._thread.ident is not None:
            self._thread.join(seconds)

    def _write(self) -> None:
        while not self._ended.wait(SECONDS_A_BATCH):
            with self._lock:
                points, self._waiting = self._waiting, []
            if points and not self._is_written(points):
                return

    def _is_written(self, points: Points) -> bool:
        try:
            self._logger.metrics(points)
        # In a thread nobody would hear of it; the delivery of the record meets the same and says so.
        except Exception:
            return False
        return True


@contextmanager
def live(logger: Logger | None, monitor: str) -> Iterator[Curves | None]:
    """The block of a training whose run was started on `logger`; None where it could not be.

    monitor: the name of the curve beside the loss.
    """
    if logger is None:
        yield None
        return
    curves, wait = Curves(logger, monitor), SECONDS_AFTER_FAILURE
    try:
        yield curves
        wait = None
    finally:
        curves.end(wait)
