"""The parts of own_parts/: a user's own loss, metrics, model and data source, by the real command."""

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from stored_runs import runs_in

# Its sweep trains in processes of its own, and imports TensorFlow in each.
pytestmark = pytest.mark.slow
OWN_PARTS = Path(__file__).with_name("own_parts")


def command(folder, *words, module="harness", status=0):
    """What the command prints, run in a copy of own_parts/."""
    done = subprocess.run(
        [sys.executable, "-m", module, "--config-dir", "conf", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([".", os.environ.get("PYTHONPATH", "")]), "COLUMNS": "200"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return " ".join((done.stdout + done.stderr).split())


@pytest.fixture(scope="module")
def swept(tmp_path_factory, put_database):
    """(folder, what was printed) of the sweep of own_parts/conf/experiment/mine.yaml."""
    folder = tmp_path_factory.mktemp("own") / "parts"
    shutil.copytree(OWN_PARTS, folder)
    put_database(folder)
    return folder, command(folder, "-m", "experiment=mine", "hydra.launcher.workers=1")


def test_every_trial_has_the_own_metrics_of_its_own_forecasts(swept):
    client, runs = runs_in(swept[0], "trial")
    assert sorted(run.data.tags["loss"] for run in runs) == ["mine", "mine", "weighted_mse", "weighted_mse"]
    assert {run.data.tags[part] for run in runs for part in ("model", "data")} == {"mine"}
    for run in runs:
        kept = np.load(Path(client.download_artifacts(run.info.run_id, "test.npz")))
        truth, forecast = kept["truth"].astype("float64"), kept["forecast"].astype("float64")
        peak = sum(abs(max(t) - max(f)) for t, f in zip(truth, forecast, strict=True)) / len(truth)
        assert run.data.metrics["test_peak"] == pytest.approx(peak, rel=1e-5)
        right = [(t[i + 1] > t[i]) == (f[i + 1] > f[i]) for t, f in zip(truth, forecast, strict=True) for i in range(6)]
        assert run.data.metrics["test_direction"] == pytest.approx(np.mean(right), abs=0.01)


def test_the_epoch_is_picked_by_the_own_metric(swept):
    client, runs = runs_in(swept[0], "trial")
    for run in runs:
        assert run.data.params["train.monitor"] == "val_peak"
        curve = [point.value for point in client.get_metric_history(run.info.run_id, "curve/val_peak")]
        assert len(curve) == 2
        assert run.data.metrics["val_peak"] == pytest.approx(min(curve), rel=1e-5)


def test_the_table_and_the_report_are_ranked_by_the_own_metric(swept):
    folder, printed = swept
    assert "Sorted by test_peak" in printed
    (table,) = folder.glob("runs/sweeps/*/table.csv")
    rows = [row for row in csv.DictReader(table.open()) if row["baseline"] == "False"]
    _, runs = runs_in(folder, "trial")
    for row in rows:
        values = [run.data.metrics["test_peak"] for run in runs if run.data.tags["loss"] == row["loss"]]
        assert float(row["test_peak_mean"]) == pytest.approx(np.mean(values))
    means = [float(row["test_peak_mean"]) for row in rows]
    assert means == sorted(means)
    (ranking,) = folder.glob("runs/sweeps/*/report/tables/ranking.csv")
    ranked = [row["variant"] for row in csv.DictReader(ranking.open())]
    assert [name for name in ranked if name in ("mine", "weighted_mse")] == [row["loss"] for row in rows]
    (summary,) = folder.glob("runs/sweeps/*/report/summary.txt")
    assert f"{rows[0]['loss']} has the lowest mean test_peak" in " ".join(summary.read_text().split())


def test_a_report_by_a_metric_of_which_the_highest_is_best(swept):
    folder, _ = swept
    printed = command(folder, "report.metric=test_direction", "report.folder=by_direction", module="harness.report")
    _, runs = runs_in(folder, "trial")
    means = {
        loss: np.mean([run.data.metrics["test_direction"] for run in runs if run.data.tags["loss"] == loss])
        for loss in ("mine", "weighted_mse")
    }
    ranked = [row["variant"] for row in csv.DictReader((folder / "by_direction" / "tables" / "ranking.csv").open())]
    best, worst = sorted((name for name in ranked if name in means), key=ranked.index)
    assert means[best] >= means[worst]
    assert "has the highest mean test_direction" in printed


def test_a_trial_with_a_metric_of_which_the_highest_is_best(tmp_path, put_database):
    folder = tmp_path / "parts"
    shutil.copytree(OWN_PARTS, folder)
    put_database(folder)
    metrics = yaml.safe_load((OWN_PARTS / "conf" / "experiment" / "mine.yaml").read_text())["evaluate"]["metrics"]
    words = [f"+evaluate.metrics.direction.{key}={value}" for key, value in metrics["direction"].items()]
    words += ["loss=mine", "loss.quantile=0.9", "model=mine", "model.units=3", "data=mine", "data.rows=150"]
    printed = command(folder, *words, "train.epochs=4", "train.jit_compile=false", "train.monitor=val_direction")
    assert "direction" in printed
    client, (run,) = runs_in(folder, "trial")
    assert (run.data.params["loss.quantile"], run.data.params["data.rows"]) == ("0.9", "150")
    curve = [point.value for point in client.get_metric_history(run.info.run_id, "curve/val_direction")]
    assert run.data.metrics["val_direction"] == pytest.approx(max(curve), abs=0.02)
    parameters = (10 + 1) * 3 + (3 + 1) * 7
    assert int(run.data.tags["parameters"]) == parameters
