import sqlite3
import subprocess
import sys
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from harness.spec import Dataset, Scaling, Split
from harness.tracking.mlflow.tracker import MlflowTracker


def _split(n: int) -> Split:
    return Split(x=np.ones((n, 6, 2)), y=np.ones((n, 3)), index=np.arange(n), samples=n, series=np.zeros(n, int))


@pytest.fixture
def data() -> Dataset:
    scaling = Scaling(False, None, np.zeros(2), np.ones(2), 0.0, 1.0)
    return Dataset(_split(5), _split(2), _split(4), scaling, target=None, season=None, unit="ppm", series=("",))


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory) -> bytes:
    """A migrated database without an experiment of ours: to migrate one takes seconds, to copy it nothing."""
    folder = tmp_path_factory.mktemp("empty")
    place = {"uri": f"sqlite:///{folder}/mlflow.db", "artifacts": str(folder)}
    MlflowTracker(**place, experiment="unused", patience_seconds=30).prepare()
    with sqlite3.connect(folder / "mlflow.db") as database:
        for table in ("experiment_tags", "experiments"):
            database.execute(f"DELETE FROM {table} WHERE experiment_id != 0")
    return (folder / "mlflow.db").read_bytes()


@pytest.fixture
def fresh_store(tmp_path, monkeypatch) -> dict[str, Any]:
    """A store that does not exist yet, named by paths relative to the current directory."""
    monkeypatch.chdir(tmp_path)
    place = {"uri": "sqlite:///runs/mlflow.db", "artifacts": "runs/artifacts"}
    return {**place, "experiment": "tried", "patience_seconds": 30}


@pytest.fixture
def store(fresh_store, empty_database, tmp_path) -> dict[str, Any]:
    """The same with its database in place."""
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "mlflow.db").write_bytes(empty_database)
    return fresh_store


@pytest.fixture
def tracker(store) -> MlflowTracker:
    return MlflowTracker(**store)


@pytest.fixture
def client(tmp_path):
    """Opens the store afresh to read it; MLflow keeps a client's store by its uri, so that is absolute here."""
    from mlflow import MlflowClient

    return lambda: MlflowClient(f"sqlite:///{tmp_path}/runs/mlflow.db")


HOLDER = """
import sqlite3, sys, time
path, statements, seconds = sys.argv[1:]
connection = sqlite3.connect(path, isolation_level=None)
for statement in statements.split(";"):
    connection.execute(statement).fetchone()
print("held", flush=True)
time.sleep(float(seconds))
"""


@pytest.fixture
def held():
    """Another process that holds the database by SQL statements, for some seconds from the start of the block."""

    @contextmanager
    def hold(path, statements: str, seconds: float):
        command = [sys.executable, "-c", HOLDER, str(path), statements, str(seconds)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
            assert holder.stdout.readline() == "held\n"
            try:
                yield
            finally:
                holder.kill()

    return hold
