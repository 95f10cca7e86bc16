"""Opens a store on this machine: one SQLite file, one folder of artifacts, one experiment."""

import logging
import os
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import InputError, without_passwords
from harness.processes.importing import importing
from harness.tracking.mlflow.description import EXPERIMENT_TAGS
from harness.tracking.mlflow.disk import BUSY_SECONDS, is_full, may_pass
from harness.tracking.mlflow.find_runs import find_runs, finished_runs
from harness.tracking.mlflow.moved import folder_of, follow, is_moved
from harness.tracking.mlflow.place import Finished, Kept
from harness.tracking.mlflow.read_runs import read_runs

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Experiment
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

SCHEME = "sqlite:///"
# What every database of MLflow has, also a half-made one.
MLFLOWS_TABLES = {"alembic_version", "experiments", "runs"}
QUIET = {
    "GIT_PYTHON_REFRESH": "quiet",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
}


@dataclass(frozen=True)
class LocalStore:
    """An open `Store`; runs: what is below `client`."""

    client: "MlflowClient"
    runs: "SqlAlchemyStore"
    experiment_id: str

    def find(self, tags: Mapping[str, str]) -> list[str]:
        return find_runs(self.runs, self.experiment_id, tags)

    def finished(self, fingerprints: Collection[str]) -> dict[str, Finished]:
        return finished_runs(self.runs, self.experiment_id, fingerprints)

    def read(self, run_ids: Sequence[str]) -> list[Kept]:
        return read_runs(self.runs, run_ids)


def database_path(uri: str) -> Path:
    """The absolute path of the SQLite file that `uri` names; InputError for any other uri."""
    name = str(uri).removeprefix(SCHEME)
    if not str(uri).startswith(SCHEME) or name in ("", ":memory:"):
        found = f"got {without_passwords(repr(uri))}"
        instead = "Write a SQLite file, such as sqlite:///runs/mlflow.db, or a server, such as http://127.0.0.1:5000"
        raise InputError("tracking.uri", found, instead)
    database = Path(name).absolute()
    if "?" in str(database):
        # What follows would be read as options of the connection, and another file be made.
        raise InputError("tracking.uri", f"{database} holds a question mark", "Write a path without one")
    return database


@contextmanager
def alone(database: Path) -> Iterator[None]:
    """Holds off all other processes in an `alone` block of the same database; locked out, raises what SQLite says.

    The lock is that of an empty SQLite file beside it: it works on every system and ends with the process.
    """
    with closing(sqlite3.connect(f"{database}.lock", timeout=BUSY_SECONDS, isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        yield


def open_store(database: Path, artifacts: Path, experiment: str) -> LocalStore:
    """Creates or opens the database and the experiment; safe when several processes do so at once.

    Raises:
        InputError: the database cannot be opened, or the experiment cannot take runs.
    """
    try:
        artifacts.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if is_full(error) or may_pass(error):
            raise
        raise InputError(
            "tracking.artifacts", f"cannot create {artifacts} ({error})", "Write another folder"
        ) from error
    with _refusing(database):
        database.parent.mkdir(parents=True, exist_ok=True)
        if is_absent(database):
            with alone(database):
                if is_absent(database):
                    _create(database)
        client, runs = _connect(database, artifacts)
        found = client.get_experiment_by_name(experiment)
        if found is None:
            with alone(database):
                found = client.get_experiment_by_name(experiment) or _create_experiment(client, artifacts, experiment)
        kept = folder_of(found.artifact_location)
        if kept != artifacts and is_moved(database, artifacts, kept):
            with alone(database):
                follow(database, artifacts, kept)
            found = client.get_experiment(found.experiment_id)
        return LocalStore(client, runs, _checked(found, artifacts, moved=False))


def find_store(database: Path, artifacts: Path, experiment: str) -> LocalStore | None:
    """Opens the store and writes nothing; None where there is no database or no such experiment.

    Raises:
        InputError: as `open_store`.
    """
    if is_absent(database):
        return None
    with _refusing(database):
        client, runs = _connect(database, artifacts)
        found = client.get_experiment_by_name(experiment)
        if found is None:
            return None
        moved = is_moved(database, artifacts, folder_of(found.artifact_location))
        return LocalStore(client, runs, _checked(found, artifacts, moved))


def is_absent(database: Path) -> bool:
    """Whether the database is still to be created; SQLite leaves an empty file where it was only asked."""
    return not database.exists() or (database.is_file() and database.stat().st_size == 0)


@contextmanager
def _refusing(database: Path) -> Iterator[None]:
    mlflow_errors = import_quietly()
    try:
        yield
    except (OSError, sqlite3.Error, *mlflow_errors) as error:
        if is_full(error) or may_pass(error):
            raise
        reason = str(error).splitlines()[0]
        # MLflow calls both an older and a newer schema out of date.
        other = "database schema" in reason
        upgrade = (
            f"If an older MLflow made it, run `mlflow db upgrade {SCHEME}{database}`; if a newer one, install that"
        )
        first = f"{upgrade}. Or" if other else "Move that file away, or"
        instead = f"{first} write another tracking.uri, such as sqlite:///runs/new.db"
        raise InputError("tracking.uri", f"cannot open {database} as an MLflow database ({reason})", instead) from error


def import_quietly() -> tuple[type[Exception], ...]:
    """Imports MLflow without its noise; the kinds of errors that it raises."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    # Alembic logs every migration of a fresh database.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with importing("mlflow"):
        import mlflow.store.tracking.sqlalchemy_store  # noqa: F401
    from alembic.util import CommandError
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    # It prints a traceback for every wait on a lock; what does not pass is raised, with a message of our own.
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)
    return MlflowException, SQLAlchemyError, CommandError


def _create(database: Path) -> None:
    # Made beside its place: a process killed on the way leaves no half-made database to the next.
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    fresh = Path(f"{database}.new")
    for leftover in (fresh, Path(f"{fresh}-journal")):
        leftover.unlink(missing_ok=True)
    SqlAlchemyStore(f"{SCHEME}{fresh}", str(database.parent)).engine.dispose()
    os.replace(fresh, database)


def _connect(database: Path, artifacts: Path) -> "tuple[MlflowClient, SqlAlchemyStore]":
    from mlflow import MlflowClient

    _refuse_other_files(database)
    file = database.stat()
    client = MlflowClient(f"{SCHEME}{database}")
    # Shares the client's connections.
    return client, _runs(f"{SCHEME}{database}", artifacts.as_uri(), (file.st_dev, file.st_ino))


@lru_cache(maxsize=8)
def _runs(uri: str, artifacts: str, file: tuple[int, int]) -> "SqlAlchemyStore":
    """The store of a database, whose schema MLflow compares with its migrations once: reading these costs 20 ms.

    file: which one stands at the uri, so that another in its place is looked at anew.
    """
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
    from sqlalchemy import event

    runs = SqlAlchemyStore(uri, artifacts)
    if not event.contains(runs.engine, "before_cursor_execute", _wait_shortly):
        event.listen(runs.engine, "before_cursor_execute", _wait_shortly, retval=True)
    return runs


def _wait_shortly(connection, cursor, statement, parameters, context, executemany):
    # MLflow sets 20 s in every session: time in which SQLite neither hears Ctrl-C nor lets anybody count.
    if statement.startswith("PRAGMA busy_timeout"):
        statement = f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}"
    return statement, parameters


def _refuse_other_files(database: Path) -> None:
    # MLflow would try ten times, for over a minute, before it gives a corrupt file up.
    with closing(sqlite3.connect(database, timeout=BUSY_SECONDS)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    # MLflow would add its own to those of another program.
    if not tables >= MLFLOWS_TABLES:
        found = f"{database} is a database of another program, with the tables {', '.join(sorted(tables)) or 'none'}"
        raise InputError("tracking.uri", found, "Write another path, such as sqlite:///runs/mlflow.db")


def _create_experiment(client: "MlflowClient", artifacts: Path, name: str) -> "Experiment":
    return client.get_experiment(client.create_experiment(name, artifacts.as_uri(), EXPERIMENT_TAGS))


def refuse_deleted(experiment: "Experiment") -> None:
    """Raises InputError where the experiment takes no runs."""
    if experiment.lifecycle_stage != "active":
        restore = f"mlflow experiments restore --experiment-id {experiment.experiment_id}"
        raise InputError(
            "tracking.experiment",
            f"the experiment {experiment.name!r} is deleted",
            f"Write another name, or restore it: `{restore}`",
        )


def _checked(experiment: "Experiment", artifacts: Path, moved: bool) -> str:
    refuse_deleted(experiment)
    if not moved and experiment.artifact_location != artifacts.as_uri():
        raise InputError(
            "tracking.artifacts",
            f"the experiment {experiment.name!r} keeps its artifacts in {experiment.artifact_location}, "
            f"not in {artifacts.as_uri()}",
            "Write that folder, or another tracking.experiment",
        )
    return experiment.experiment_id
