"""Opens the store: one SQLite file, one folder of artifacts, one experiment."""

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import InputError
from harness.tracking.description import DESCRIPTION
from harness.tracking.saved_views import saved_views

SCHEME = "sqlite:///"
QUIET = {
    "GIT_PYTHON_REFRESH": "quiet",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
}


@dataclass(frozen=True)
class Store:
    """An open store; client: an `MlflowClient`; database: the SQLite file."""

    client: Any
    experiment_id: str
    database: Path


def database_path(uri: str) -> Path:
    """The absolute path of the SQLite file that `uri` names; InputError for any other uri."""
    name = str(uri).removeprefix(SCHEME)
    if not str(uri).startswith(SCHEME) or name in ("", ":memory:") or "?" in name:
        raise InputError("tracking.uri", f"got {uri!r}", "Write a SQLite file, such as sqlite:///runs/mlflow.db")
    return Path(name).absolute()


@contextmanager
def alone(database: Path) -> Iterator[None]:
    """Holds off all other processes in an `alone` block of the same database.

    The lock is that of an empty SQLite file beside it: it works on every system and ends with the process.
    """
    with closing(sqlite3.connect(f"{database}.lock", timeout=300, isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        yield


def open_store(database: Path, artifacts: Path, experiment: str) -> Store:
    """Creates or opens the database and the experiment; safe when several processes do so at once.

    Raises:
        InputError: the database cannot be opened, or the experiment cannot take runs.
    """
    try:
        artifacts.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            "tracking.artifacts", f"cannot create {artifacts} ({error})", "Write another folder"
        ) from error
    mlflow = _import_quietly()
    failures = (OSError, sqlite3.Error, *_database_errors())
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        with alone(database):
            _refuse_other_files(database)
            client = mlflow.MlflowClient(f"{SCHEME}{database}")
            return Store(client, _experiment_id(client, artifacts, experiment), database)
    except failures as error:
        reason = str(error).splitlines()[0]
        instead = "Move that file away, or write another tracking.uri, such as sqlite:///runs/new.db"
        raise InputError("tracking.uri", f"cannot open {database} as an MLflow database ({reason})", instead) from error


def _import_quietly() -> Any:
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    # Alembic tells of every migration of a fresh database.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    import mlflow

    return mlflow


def _database_errors() -> tuple[type[Exception], ...]:
    from alembic.util import CommandError
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    return MlflowException, SQLAlchemyError, CommandError


def _refuse_other_files(database: Path) -> None:
    # MLflow would try ten times, for over a minute, before it gives a corrupt file up.
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("SELECT name FROM sqlite_master").fetchall()


def _experiment_id(client: Any, artifacts: Path, name: str) -> str:
    found = client.get_experiment_by_name(name)
    if found is None:
        tags = {"mlflow.note.content": DESCRIPTION, "mlflow.experimentKind": "custom_model_development"}
        return client.create_experiment(name, artifacts.as_uri(), tags | saved_views())
    if found.lifecycle_stage != "active":
        restore = f"mlflow experiments restore --experiment-id {found.experiment_id}"
        raise InputError(
            "tracking.experiment",
            f"the experiment {name!r} is deleted",
            f"Write another name, or restore it: `{restore}`",
        )
    if found.artifact_location != artifacts.as_uri():
        raise InputError(
            "tracking.artifacts",
            f"the experiment {name!r} keeps its artifacts in {found.artifact_location}, not in {artifacts.as_uri()}",
            "Write that folder, or another tracking.experiment",
        )
    return found.experiment_id
