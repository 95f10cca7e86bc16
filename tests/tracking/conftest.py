import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from harness.tracking.logger import DataDescription
from harness.tracking.mlflow.logger import MlflowLogger
from harness.tracking.mlflow.run_store import MlflowStore


@pytest.fixture
def data() -> DataDescription:
    return DataDescription("made", "0123456789abcdef" * 4, ((5, 6, 2), (5, 3)), ((4, 6, 2), (4, 3)))


@pytest.fixture
def kept_network(tmp_path) -> Path:
    """A folder as `Logger.network` takes it: [n, 6, 2] -> [n, 3], the mean over the steps times known weights."""
    import keras

    network = keras.Sequential(
        [keras.Input((6, 2)), keras.layers.GlobalAveragePooling1D(), keras.layers.Dense(3, use_bias=False)]
    )
    network.layers[-1].set_weights([np.array([[1.0, 2.0, 3.0], [0.5, 0.0, -1.0]], "float32")])
    folder = tmp_path / "kept_network"
    folder.mkdir()
    network.save(folder / "network.keras")
    np.save(folder / "example.npy", np.arange(24.0).reshape(2, 6, 2))
    return folder


@pytest.fixture
def fresh_store(tmp_path, monkeypatch) -> dict[str, Any]:
    """A store that does not exist yet, named by paths relative to the current directory."""
    monkeypatch.chdir(tmp_path)
    place = {"uri": "sqlite:///runs/mlflow.db", "artifacts": "runs/artifacts"}
    return {**place, "experiment": "tried", "retry_seconds": 30}


@pytest.fixture
def store(fresh_store, database) -> dict[str, Any]:
    """The same with its database in place."""
    return fresh_store


@pytest.fixture
def on_server(mlflow_server, tmp_path, monkeypatch) -> dict[str, Any]:
    """The arguments of a store on a real server, with an experiment of its own that does not exist yet."""
    monkeypatch.chdir(tmp_path)
    place = {"uri": mlflow_server.address, "artifacts": "runs/artifacts"}
    return {**place, "experiment": f"tried {uuid4().hex}", "retry_seconds": 30}


@pytest.fixture
def run_store(store) -> MlflowStore:
    return MlflowStore(**store)


@pytest.fixture
def logger(run_store) -> MlflowLogger:
    return run_store.logger()


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
