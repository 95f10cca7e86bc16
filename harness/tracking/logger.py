"""The write side of a run: what it is given at its start, and the few calls that every tracker answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class DataDescription:
    """A data set as a run names it, without its arrays.

    digest: a hash of the arrays; train, test: the shapes of x and y in these splits.
    """

    name: str
    digest: str
    train: tuple[Sequence[int], Sequence[int]]
    test: tuple[Sequence[int], Sequence[int]]


@dataclass(frozen=True)
class Opening:
    """What a run is given at its start; data: None where there is none, or it could not be read."""

    name: str
    tags: Mapping[str, str]
    params: Mapping[str, object]
    data: DataDescription | None = None


class Logger(Protocol):
    """The write side of one run. Constructing one writes nothing.

    Every call raises TrackingError where the place it writes to stays out of reach, however often it was tried.
    """

    @property
    def run_id(self) -> str | None:
        """The store's name for the run, from `start` on; None for a logger that no run can be read from."""
        ...

    def start(self, opening: Opening) -> None: ...

    def metrics(self, points: Sequence[tuple[str, float, int]]) -> None:
        """Points of (name, value, step), kept in one batch.

        Those that come after `network` are of that network.
        """

    def files(self, folder: Path) -> None:
        """Keeps every file below `folder`."""

    def network(self, folder: Path) -> None:
        """Keeps `network.keras` of `folder`, with `example.npy`, a batch of inputs for it in the data's own units."""

    def close(self, status: str, tags: Mapping[str, str]) -> str | None:
        """Ends the run as FINISHED, FAILED or KILLED, with what more there is to say; returns its `run_id`."""
        ...

    def below(self) -> "Logger":
        """A logger for a run of its own that belongs to this one, which was started."""
        ...
