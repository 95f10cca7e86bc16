"""Two series of different levels, swept over two folds, from the command line to the store."""

import csv
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from mlflow import MlflowClient

SOURCE = """
import numpy as np
from harness.spec import Series

def waves(*, rows, season, unit):
    time = np.arange(rows, dtype=float)
    one = np.sin(2 * np.pi * time / season)[:, None] + 0.01 * time[:, None]
    return [
        Series(one, target=0, season=season, unit=unit, name="low"),
        Series(500 + 20 * one[::-1], target=0, season=season, unit=unit, name="high"),
    ]
"""
YAML = """
_target_: mine.waves
_partial_: true
rows: 120
season: 6
unit: kW
lookback: 8
outputs: 3
stride: 1
split: [70, 20, 30]
train_span: grow
missing: refuse
normalise: last_value
"""


@pytest.fixture
def sweep(run, tmp_path, database):
    """The sweep's output, and by fold its run with the folder of its files."""
    (tmp_path / "mine.py").write_text(SOURCE)
    (tmp_path / "my_conf" / "data").mkdir(parents=True)
    (tmp_path / "my_conf" / "data" / "waves.yaml").write_text(YAML)
    quick = [
        "model.units=3",
        "train.epochs=2",
        "train.jit_compile=false",
        "report.after_sweep=false",
        "hydra/launcher=basic",
    ]
    command = ["--config-dir", "my_conf", "-m", "data=waves", *quick, "fold=0,1,2", "hydra/launcher=basic"]
    status, output, error = run(*command, PYTHONPATH=os.pathsep.join([".", *sys.path]))
    assert status == 3, f"one of the folds is refused: {error}"
    client = MlflowClient(f"sqlite:///{tmp_path}/runs/mlflow.db")
    experiment = client.get_experiment_by_name("loss_variants")
    runs = client.search_runs([experiment.experiment_id], "tags.role = 'trial' and attributes.status = 'FINISHED'")
    return output, {
        int(run.data.tags["fold"]): (run, Path(client.download_artifacts(run.info.run_id, ""))) for run in runs
    }


def wave(rows=120, season=6):
    time = np.arange(rows, dtype=float)
    one = np.sin(2 * np.pi * time / season) + 0.01 * time
    return {"low": one, "high": 500 + 20 * one[::-1]}


@pytest.mark.slow
def test_folds_are_replicates_and_metrics_come_by_series(sweep):
    output, runs = sweep
    # Fold 2 leaves 10 rows to train on, and a window needs 11.
    assert sorted(runs) == [0, 1]
    assert "got 2, and there are 2 folds, 0 to 1" in " ".join(output.split())
    assert "deviation over seeds and folds" in " ".join(output.split())
    assert "seed=0 fold=1" in output
    assert len({run.data.tags["data_hash"] for run, _ in runs.values()}) == 2
    assert len({run.data.tags["variant"] for run, _ in runs.values()}) == 1
    for fold, (run, folder) in runs.items():
        with np.load(folder / "test.npz") as arrays:
            test = dict(arrays)
        first = 90 - 30 * fold
        np.testing.assert_array_equal(test["series"], [0] * 28 + [1] * 28)
        for i, values in enumerate(wave().values()):
            truth = np.lib.stride_tricks.sliding_window_view(values[first : first + 30], 3)
            np.testing.assert_allclose(test["truth"][test["series"] == i], truth, rtol=1e-6)
        with (folder / "by_series.csv").open() as stream:
            rows = list(csv.DictReader(stream))
        squares = {name: (test["forecast"] - test["truth"])[test["series"] == i] ** 2 for i, name in enumerate(wave())}
        networks = {row["series"]: row for row in rows if row["forecast"] == "network"}
        for name, square in squares.items():
            assert networks[name]["windows"] == "28"
            assert float(networks[name]["test_rmse"]) == pytest.approx(np.sqrt(square.mean()), rel=1e-4)
        pooled = np.sqrt(np.mean(np.concatenate(list(squares.values()))))
        assert run.data.metrics["test_rmse"] == pytest.approx(pooled, rel=1e-4)
        assert {row["forecast"] for row in rows} == {
            "network",
            "persistence",
            "seasonal_naive",
            "seasonal_naive_with_drift",
        }
