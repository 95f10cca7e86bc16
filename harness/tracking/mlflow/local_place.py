"""A place of runs on this machine: a SQLite file and a folder of artifacts."""

import errno
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.tracking.mlflow import disk
from harness.tracking.mlflow.logged_network import FILE, MODELS, kept_network
from harness.tracking.mlflow.place import Given, Result, Store
from harness.tracking.mlflow.retry import Retry
from harness.tracking.mlflow.server import serve
from harness.tracking.mlflow.store import SCHEME, LocalStore, alone, database_path, find_store, is_absent, open_store
from harness.tracking.whole_files import copy_whole


@dataclass(frozen=True)
class LocalPlace:
    """The `Place` of a database, a folder of artifacts and an experiment.

    Attributes:
        database, artifacts: absolute.
        retry: does the work, and tries again.
    """

    database: Path
    artifacts: Path
    experiment: str
    retry: Retry

    @classmethod
    def of(cls, uri: str, artifacts: str, experiment: str, retry_seconds: float) -> "LocalPlace":
        """Relative paths count from the current directory as it is now. Errors: `database_path`."""
        return cls(database_path(uri), Path(artifacts).absolute(), experiment, Retry(retry_seconds, disk))

    @property
    def uri(self) -> str:
        return f"{SCHEME}{self.database}"

    @property
    def name(self) -> str:
        return str(self.database)

    @property
    def is_shared(self) -> bool:
        return False

    def open(self) -> LocalStore:
        return self.retry(f"open {self.database}", open_store, self.database, self.artifacts, self.experiment)

    def find(self) -> LocalStore | None:
        """Where there is none, does not import MLflow."""
        return self.retry(f"open {self.database}", find_store, self.database, self.artifacts, self.experiment)

    def do(self, doing: str, work: Callable[Given, Result], *arguments: Given.args, **keywords: Given.kwargs) -> Result:
        def work_there() -> Result:
            # SQLite would put an empty database in the place of one that is gone.
            if is_absent(self.database):
                raise FileNotFoundError(errno.ENOENT, "the database is gone", str(self.database))
            return work(*arguments, **keywords)

        return self.retry(f"{doing} (store: {self.database})", work_there)

    def alone(self) -> AbstractContextManager[None]:
        return alone(self.database)

    def keep_files(self, store: Store, run_id: str, folder: Path, below: str = "") -> None:
        """None is seen there before it is whole."""
        target = self.files_of(run_id) / below
        self.retry(f"keep files in {target}", copy_whole, folder, target)

    def keep_network(self, logged: Any, folder: Path) -> None:
        from mlflow.utils.file_utils import local_file_uri_to_path

        copy_whole(folder, Path(local_file_uri_to_path(logged.artifact_location)))

    def files(self, store: Store, run_id: str, status: str) -> "LocalFiles":
        return LocalFiles(self, store, run_id)

    def serve(self, host: str, port: int | None, on_start: Callable[[str], None]) -> None:
        serve(self.uri, self.artifacts, host, port, on_start)

    def files_of(self, run_id: str) -> Path:
        """The folder of a run's artifacts."""
        return self.artifacts / run_id / "artifacts"


@dataclass(frozen=True)
class LocalFiles:
    """The `Files` of a run whose artifacts are in a folder of this machine."""

    place: LocalPlace
    store: Store
    run_id: str

    def path(self, name: str) -> Path:
        return self.place.files_of(self.run_id) / name

    def network(self) -> Path | None:
        logged = self.place.do("find the network", kept_network, self.store, self.run_id)
        return None if logged is None else self.place.artifacts / MODELS / logged.model_id / "artifacts" / FILE
