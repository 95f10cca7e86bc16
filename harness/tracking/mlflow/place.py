"""Where a config keeps its runs in MLflow, and how long each call to it is tried."""

import errno
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

from harness.tracking.mlflow.retry import Retry
from harness.tracking.mlflow.store import Store, database_path, find_store, is_absent, open_store
from harness.tracking.whole_files import copy_whole

Given = ParamSpec("Given")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Place:
    """A database, a folder of artifacts and an experiment. Every call raises TrackingError where it stays out of reach.

    Attributes:
        uri: `sqlite:///` and a path, as the config has it.
        database, artifacts: absolute.
        retry: does the work, and tries again.
    """

    uri: str
    database: Path
    artifacts: Path
    experiment: str
    retry: Retry

    @classmethod
    def of(cls, uri: str, artifacts: str, experiment: str, retry_seconds: float) -> "Place":
        """Relative paths count from the current directory as it is now. Errors: `database_path`."""
        return cls(uri, database_path(uri), Path(artifacts).absolute(), experiment, Retry(retry_seconds))

    def open(self) -> Store:
        """Opens the store, or creates it. Errors: `open_store`."""
        return self.retry(f"open {self.database}", open_store, self.database, self.artifacts, self.experiment)

    def find(self) -> Store | None:
        """Opens the store and writes nothing; None where there is none, without importing MLflow."""
        return self.retry(f"open {self.database}", find_store, self.database, self.artifacts, self.experiment)

    def do(self, doing: str, work: Callable[Given, Result], *arguments: Given.args, **keywords: Given.kwargs) -> Result:
        """`work(*arguments, **keywords)` on the open store; see `Retry`."""

        def work_there() -> Result:
            # SQLite would put an empty database in the place of one that is gone.
            if is_absent(self.database):
                raise FileNotFoundError(errno.ENOENT, "the database is gone", str(self.database))
            return work(*arguments, **keywords)

        return self.retry(f"{doing} (store: {self.database})", work_there)

    def files_of(self, run_id: str) -> Path:
        """The folder of a run's artifacts."""
        return self.artifacts / run_id / "artifacts"

    def keep_files(self, folder: Path, target: Path) -> None:
        """Copies every file below `folder` to `target`; none is seen there before it is whole."""
        self.retry(f"keep files in {target}", copy_whole, folder, target)
