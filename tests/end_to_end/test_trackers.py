"""Several trackers at a time, from the command line."""

import csv
import json
from importlib.util import find_spec

import pytest
from mlflow import MlflowClient


@pytest.mark.skipif(find_spec("wandb") is None, reason="wandb is not installed: pip install -e '.[wandb]'")
@pytest.mark.slow
@pytest.mark.usefixtures("database")
def test_each_of_them_has_the_whole_run(run, tiny, tmp_path):
    status, printed, errors = run(*tiny, "tracking=[mlflow,csv,wandb]")
    assert status == 0, printed + errors
    client = MlflowClient(f"sqlite:///{tmp_path}/runs/mlflow.db")
    (kept,) = client.search_runs([client.get_experiment_by_name("loss_variants").experiment_id])
    (folder,) = tmp_path.glob("runs/csv/*")
    assert json.loads((folder / "run.json").read_text())["status"] == kept.info.status == "FINISHED"
    points = list(csv.DictReader((folder / "metrics.csv").open()))
    assert {point["metric"] for point in points} == kept.data.metrics.keys()
    (files,) = tmp_path.glob("runs/wandb/offline-run-*/files")
    names = {file.relative_to(folder / "files") for file in (folder / "files").rglob("*") if file.is_file()}
    assert names <= {file.relative_to(files) for file in files.rglob("*") if file.is_file()}
    assert (files / "network" / "network.keras").read_bytes() == (folder / "network" / "network.keras").read_bytes()


def test_a_tracker_that_is_not_installed_names_its_extra(refused, tiny, monkeypatch):
    monkeypatch.setattr("harness.tracking.wandb.find_spec", lambda name: None)
    told = "tracking.also.wandb: the package wandb is not installed. Install the extra: pip install -e '.[wandb]'"
    assert told in refused(*tiny, "tracking=[mlflow,wandb]")
