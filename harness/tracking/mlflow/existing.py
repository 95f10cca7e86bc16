"""A store that is there already, by the path of its database, or the address of its server, alone."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from harness.checks import one_of
from harness.errors import InputError
from harness.tracking.mlflow.moved import folder_of, is_moved
from harness.tracking.mlflow.remote_place import RemotePlace, is_address
from harness.tracking.mlflow.run_store import MlflowStore
from harness.tracking.mlflow.store import SCHEME, is_absent

# An experiment that each database has.
MLFLOWS_OWN = "Default"
# Someone who looks waits this long for those who write.
RETRY_SECONDS = 10
# A server has a place of its own for artifacts.
UNUSED = "."


def existing_store(database: str | Path, experiment: str | None) -> MlflowStore:
    """The store in a SQLite file, or on a server.

    Args:
        database: its path, with or without `sqlite:///`, or the server's address.
        experiment: the name of the MLflow experiment; None: the one that there is.

    Raises:
        InputError: no such file, no database of MLflow, no such experiment, or several to choose from.
        TrackingError: the server is out of reach.
    """
    if is_address(database):
        uri = str(database)
        name = _chosen(experiment, uri, RemotePlace.of(uri, MLFLOWS_OWN, RETRY_SECONDS).experiments())
        return MlflowStore(uri=uri, artifacts=UNUSED, experiment=name, retry_seconds=RETRY_SECONDS)
    path = Path(str(database).removeprefix(SCHEME)).absolute()
    if is_absent(path):
        raise InputError("runs", f"there is no database {path}", "Write the path of a runs/mlflow.db")
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            asked = "SELECT name, artifact_location FROM experiments WHERE lifecycle_stage = 'active'"
            artifacts = dict(connection.execute(asked).fetchall())
    except sqlite3.Error as error:
        raise InputError("runs", f"{path} is no database of MLflow ({error})", "Write another path") from error
    name = _chosen(experiment, str(path), artifacts)
    kept = folder_of(artifacts[name])
    beside = path.parent / kept.name
    folder = beside if is_moved(path, beside, kept) else kept
    return MlflowStore(uri=f"{SCHEME}{path}", artifacts=str(folder), experiment=name, retry_seconds=RETRY_SECONDS)


def _chosen(experiment: str | None, place: str, there: Iterable[str]) -> str:
    names = sorted(name for name in there if name != MLFLOWS_OWN)
    if experiment is None and len(names) != 1:
        found = f"{place} holds {len(names)} experiments: {', '.join(names) or 'none'}"
        raise InputError("runs", found, "Write runs(..., experiment=<name>)")
    name = names[0] if experiment is None else experiment
    one_of("experiment", name, names)
    return name
