"""A store whose folder was moved or copied: MLflow keeps absolute places, and they follow the database."""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlparse

from harness.tracking.mlflow.disk import BUSY_SECONDS

# Where MLflow keeps the address of a folder.
PLACES = {
    "experiments": ("artifact_location",),
    "runs": ("artifact_uri",),
    "logged_models": ("artifact_location",),
    "model_versions": ("source", "storage_location"),
}


def folder_of(address: str) -> Path:
    """The folder that a `file://` address or a path names."""
    return Path(unquote(urlparse(address).path))


def is_moved(database: Path, artifacts: Path, kept: Path) -> bool:
    """Whether `kept`, where the artifacts once were, and `artifacts` stand alike to the database's place then and now.

    The files must have come along: where none of them is in `artifacts`, or one is in `kept` alone, nothing has moved.
    """
    try:
        beside = artifacts.relative_to(database.parent).parts
    except ValueError:
        return False
    if kept == artifacts or kept.parts[-len(beside) :] != beside:
        return False
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)) as connection:
        below = f"{kept.as_uri()}/"
        asked = "SELECT run_uuid FROM runs WHERE substr(artifact_uri, 1, ?) = ?"
        runs = [run for (run,) in connection.execute(asked, (len(below), below))]
    here = [run for run in runs if (artifacts / run).is_dir()]
    behind = [run for run in set(runs) - set(here) if (kept / run).is_dir()]
    return not behind and (bool(here) or not runs)


def follow(database: Path, artifacts: Path, kept: Path) -> None:
    """Writes `artifacts` for `kept` wherever the database names a folder, in one transaction."""
    old, new = f"{kept.as_uri()}/", f"{artifacts.as_uri()}/"
    with closing(sqlite3.connect(database, timeout=BUSY_SECONDS)) as connection, connection:
        for table, columns in PLACES.items():
            for column in columns:
                # The folder itself has no sign behind it, those below it have.
                changed = f"UPDATE {table} SET {column} = rtrim(? || substr({column}, ?), '/')"
                asked = f"WHERE substr({column} || '/', 1, ?) = ?"
                connection.execute(f"{changed} {asked}", (new, len(old) + 1, len(old), old))
