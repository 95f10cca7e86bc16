"""Where a config keeps its runs: one store that they are read from, and any number of further loggers."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from harness.tracking.logger import Logger, Opening
from harness.tracking.store import RunStore


class Tracking:
    """The store of a config, and what else its runs are written to.

    Args:
        store: finds and reads runs, and writes them.
        also: by name, what gives a further logger for each run.
    """

    def __init__(self, store: RunStore, also: Mapping[str, Callable[[], Logger]]):
        self.store, self._also = store, also

    def logger(self) -> Logger:
        """The write side of a new run, to all of them."""
        return SeveralLoggers(self.store.logger(), [further() for further in self._also.values()])


class SeveralLoggers:
    """A `Logger` that writes a run to several loggers.

    The first one is the store's. It starts before the others and closes after them, so that a run is FINISHED in the
    store only when all of them have it. Where one raises TrackingError the whole run counts as not kept.

    A point that a logger has, by its name and step, is not written to it again: curves are delivered while a training
    runs, and with its record.
    """

    def __init__(self, first: Logger, others: Sequence[Logger]):
        self._first, self._others = first, others
        self._written: list[set[tuple[str, int]]] = [set() for _ in self._all]

    @property
    def run_id(self) -> str | None:
        return self._first.run_id

    def start(self, opening: Opening) -> None:
        for logger in self._all:
            logger.start(opening)

    def metrics(self, points: Sequence[tuple[str, float, int]]) -> None:
        for logger, written in zip(self._all, self._written, strict=True):
            fresh = [point for point in points if (point[0], point[2]) not in written]
            logger.metrics(fresh)
            written.update((name, step) for name, _, step in fresh)

    def files(self, folder: Path) -> None:
        for logger in self._all:
            logger.files(folder)

    def network(self, folder: Path) -> None:
        for logger in self._all:
            logger.network(folder)

    def close(self, status: str, tags: Mapping[str, str]) -> str | None:
        for logger in self._others:
            logger.close(status, tags)
        return self._first.close(status, tags)

    def below(self) -> "SeveralLoggers":
        return SeveralLoggers(self._first.below(), [logger.below() for logger in self._others])

    @property
    def _all(self) -> tuple[Logger, ...]:
        return self._first, *self._others
