"""What a place of runs in MLflow must answer: a database and a folder on this machine, or a server."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar

import numpy as np

from harness.run import Files

if TYPE_CHECKING:
    from mlflow import MlflowClient

Given = ParamSpec("Given")
Result = TypeVar("Result")
Texts = Mapping[str, str]
# (id, tags, params, last metrics)
Finished = tuple[str, Texts, Texts, Mapping[str, float]]
# (id, status, tags, params, last metrics, points), as `Run` has them.
Kept = tuple[str, str, Texts, Texts, Mapping[str, float], Mapping[str, np.ndarray]]


class Store(Protocol):
    """An open store: an experiment, what writes to it, and the reads of many runs at once."""

    @property
    def client(self) -> "MlflowClient": ...

    @property
    def experiment_id(self) -> str: ...

    def find(self, tags: Mapping[str, str]) -> list[str]:
        """The ids of the experiment's runs that have all of these tags, the newest first."""
        ...

    def finished(self, fingerprints: Collection[str]) -> dict[str, Finished]:
        """The FINISHED trials among `fingerprints`; of several runs the newest one."""
        ...

    def read(self, run_ids: Sequence[str]) -> list[Kept]:
        """These runs, in this order; those that are not in the store are left out."""
        ...


class Place(Protocol):
    """Where a config keeps its runs, and how long each call to it is tried.

    Every call raises TrackingError where the place stays out of reach.
    """

    @property
    def uri(self) -> str:
        """What MLflow calls it."""
        ...

    @property
    def name(self) -> str:
        """What a message calls it."""
        ...

    @property
    def experiment(self) -> str: ...

    @property
    def is_shared(self) -> bool:
        """Whether other machines keep runs there too."""
        ...

    def open(self) -> Store:
        """Opens the store, or creates it. Raises InputError where it cannot take runs."""
        ...

    def find(self) -> Store | None:
        """Opens the store and writes nothing; None where there is none. Errors: `open`."""
        ...

    def do(self, doing: str, work: Callable[Given, Result], *arguments: Given.args, **keywords: Given.kwargs) -> Result:
        """`work(*arguments, **keywords)` on the open store; see `Retry`."""
        ...

    def alone(self) -> AbstractContextManager[None]:
        """A block of what two processes must not do at once, in a `do`."""
        ...

    def keep_files(self, store: Store, run_id: str, folder: Path, below: str = "") -> None:
        """Keeps every file below `folder` among a run's artifacts, in their folder `below`."""

    def keep_network(self, logged: Any, folder: Path) -> None:
        """Keeps every file below `folder` with a logged model of MLflow's; in a `do`."""

    def files(self, store: Store, run_id: str, status: str) -> Files:
        """The artifacts and the network of a run with this status."""
        ...

    def serve(self, host: str, port: int | None, on_start: Callable[[str], None]) -> None:
        """As `RunStore.serve`."""
