"""A run as a store holds it: what it was given, what came of it, and its files."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np


class Files(Protocol):
    """Where the files of one run are on this machine; what lies on a server is brought when it is asked for."""

    def path(self, name: str) -> Path:
        """The place of an artifact, such as `config.yaml`; nothing is there where the run has none of this name."""
        ...

    def network(self) -> Path | None:
        """The place of the kept network, a .keras file; None where none was kept."""
        ...


@dataclass(frozen=True)
class Run:
    """A run, whatever came of it.

    Attributes:
        run_id: the store's name for it; empty where no store knows it.
        status: RUNNING | FINISHED | FAILED | KILLED.
        tags, params: texts by name.
        metrics: the last value of each.
        points: of each metric all its points [points, 2], step and value, in order of steps. `RunStore.finished` leaves
            them out.
        files: its artifacts and its network.
    """

    run_id: str
    status: str
    tags: Mapping[str, str]
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    points: Mapping[str, np.ndarray]
    files: Files
