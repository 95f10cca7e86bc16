"""A store that is there already, by the path of its database alone."""

import sqlite3
from contextlib import closing
from pathlib import Path

from harness.checks import one_of
from harness.errors import InputError
from harness.tracking.mlflow.moved import folder_of, is_moved
from harness.tracking.mlflow.run_store import MlflowStore
from harness.tracking.mlflow.store import SCHEME, is_absent

# An experiment that each database has.
MLFLOWS_OWN = "Default"
# Someone who looks waits this long for those who write.
RETRY_SECONDS = 10


def existing_store(database: str | Path, experiment: str | None) -> MlflowStore:
    """The store in a SQLite file.

    Args:
        database: its path, with or without `sqlite:///`.
        experiment: the name of the MLflow experiment; None: the one that there is.

    Raises:
        InputError: no such file, no database of MLflow, no such experiment, or several to choose from.
    """
    path = Path(str(database).removeprefix(SCHEME)).absolute()
    if is_absent(path):
        raise InputError("runs", f"there is no database {path}", "Write the path of a runs/mlflow.db")
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            asked = "SELECT name, artifact_location FROM experiments WHERE lifecycle_stage = 'active'"
            artifacts = {name: place for name, place in connection.execute(asked) if name != MLFLOWS_OWN}
    except sqlite3.Error as error:
        raise InputError("runs", f"{path} is no database of MLflow ({error})", "Write another path") from error
    if experiment is None and len(artifacts) != 1:
        found = f"{path} holds {len(artifacts)} experiments: {', '.join(sorted(artifacts)) or 'none'}"
        raise InputError("runs", found, "Write runs(..., experiment=<name>)")
    name = next(iter(artifacts)) if experiment is None else experiment
    one_of("experiment", name, artifacts)
    kept = folder_of(artifacts[name])
    beside = path.parent / kept.name
    folder = beside if is_moved(path, beside, kept) else kept
    return MlflowStore(uri=f"{SCHEME}{path}", artifacts=str(folder), experiment=name, retry_seconds=RETRY_SECONDS)
