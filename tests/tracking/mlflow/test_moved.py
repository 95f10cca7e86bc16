import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from harness.errors import InputError
from harness.metrics import BUILT_IN
from harness.tracking.logger import Opening
from harness.tracking.mlflow.existing import existing_store
from harness.tracking.mlflow.run_store import MlflowStore

WINDOW = np.arange(12.0).reshape(1, 6, 2)
# By hand: the means over six steps, 5 and 6, times the weights of the fixture `kept_network`.
FORECAST = [[8.0, 10.0, 9.0]]


@pytest.fixture
def old(tmp_path, store, kept_network, monkeypatch) -> Path:
    """A project whose store holds one finished run with a file and a network."""
    project, made = tmp_path / "old place", tmp_path / "made"
    project.mkdir()
    made.mkdir()
    shutil.move(tmp_path / "runs", project)
    monkeypatch.chdir(project)
    (made / "table.csv").write_text("a\n1\n")
    run_store = MlflowStore(**store)
    run_store.prepare(BUILT_IN)
    logger = run_store.logger()
    logger.start(Opening("a run", {"role": "trial", "fingerprint": "a"}, {}))
    logger.files(made)
    logger.network(kept_network)
    logger.close("FINISHED", {})
    return project


def _texts(database: Path) -> str:
    with sqlite3.connect(database) as connection:
        return "\n".join(connection.iterdump())


def _read(run_store: MlflowStore) -> None:
    import keras

    (run,) = run_store.read([run_store.finished(["a"])["a"].run_id])
    assert run.files.path("table.csv").read_text() == "a\n1\n"
    assert Path.cwd() in run.files.path("table.csv").parents
    network = keras.models.load_model(run.files.network())
    np.testing.assert_allclose(network.predict(WINDOW, verbose=0), FORECAST)


@pytest.mark.parametrize("how", [shutil.move, shutil.copytree])
def test_a_moved_or_copied_project_keeps_its_runs(old, store, tmp_path, monkeypatch, how):
    new, before = tmp_path / "new place", _texts(old / "runs" / "mlflow.db")
    how(old, new)
    monkeypatch.chdir(new)
    run_store = MlflowStore(**store)
    _read(run_store)
    _read(existing_store("runs/mlflow.db", None))
    assert _texts(new / "runs" / "mlflow.db") == before, "who reads writes nothing"
    run_store.prepare(BUILT_IN)
    _read(run_store)
    written = _texts(new / "runs" / "mlflow.db")
    assert "old%20place" in before
    assert "old%20place" not in written
    assert written.count("new%20place") == before.count("old%20place")
    run_store.logger().start(Opening("another", {}, {}))
    assert how is shutil.move or _texts(old / "runs" / "mlflow.db") == before, "the original stays as it was"


def test_mlflow_loads_the_network_from_the_new_place(old, store, tmp_path, monkeypatch):
    import mlflow

    new = tmp_path / "new place"
    shutil.move(old, new)
    monkeypatch.chdir(new)
    MlflowStore(**store).prepare(BUILT_IN)
    uri = f"sqlite:///{new}/runs/mlflow.db"
    (model,) = mlflow.MlflowClient(uri).search_logged_models(["1"])
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    network = mlflow.keras.load_model(f"models:/{model.model_id}")
    np.testing.assert_allclose(network.predict(WINDOW, verbose=0), FORECAST)


def test_a_database_that_came_without_its_artifacts_is_refused(old, store, tmp_path, monkeypatch):
    new = tmp_path / "new"
    (new / "runs").mkdir(parents=True)
    shutil.copy(old / "runs" / "mlflow.db", new / "runs")
    monkeypatch.chdir(new)
    with pytest.raises(InputError, match=r"tracking\.artifacts: .* keeps its artifacts in file://.*/old%20place"):
        MlflowStore(**store).prepare(BUILT_IN)


def test_another_folder_of_artifacts_is_no_move(old, store):
    shutil.copytree("runs/artifacts", "runs/other")
    with pytest.raises(InputError, match=r"tracking\.artifacts"):
        MlflowStore(**{**store, "artifacts": "runs/other"}).prepare(BUILT_IN)
