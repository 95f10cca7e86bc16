"""A sweep, from the command line to the table and the store."""

import csv
import json

import numpy as np
import pytest
from stored_runs import runs_in


@pytest.mark.slow
@pytest.mark.usefixtures("database")
def test_a_sweep_with_a_failure_finishes_and_says_so(run, tiny, tmp_path):
    status, told, error = run(
        "-m", *tiny, "loss=weighted_rmse,weighted_mse,loss_weights", "weights=uniform,recency", "seed=0,1"
    )
    assert status == 3
    assert "Traceback" not in error
    words = " ".join(told.split())
    assert "12 trials" in words
    assert "12/12" in words
    assert "FAILED loss=loss_weights weights=recency" in words
    assert "Write loss=sample_weight" in words
    assert "To compare them in MLflow: python -m harness.ui" in words

    found = runs_in(tmp_path)[1]
    (sweep,) = [run for run in found if run.data.tags["role"] == "sweep"]
    trials = [run for run in found if run.data.tags["role"] == "trial"]
    assert {run.data.tags["sweep"] for run in found} == {sweep.data.tags["sweep"]}
    assert sorted(run.info.status for run in trials) == ["FAILED"] * 6 + ["FINISHED"] * 6
    assert all("mlflow.parentRunId" not in run.data.tags for run in trials), "nested runs open collapsed"
    assert (sweep.info.status, sweep.data.metrics["finished"], sweep.data.metrics["failed"]) == ("FINISHED", 6, 6)

    (table,) = tmp_path.glob("runs/sweeps/*/table.csv")
    rows = [
        row for row in csv.DictReader(table.open()) if row["loss"] == "weighted_mse" and row["weights"] == "uniform"
    ]
    stored = [
        run.data.metrics["test_weighted_rmse"]
        for run in trials
        if run.info.status == "FINISHED" and run.data.tags["loss"] == "weighted_mse"
    ]
    assert len(stored) == 2
    assert float(rows[0]["test_weighted_rmse_mean"]) == pytest.approx(np.mean(stored))
    assert float(rows[0]["test_weighted_rmse_std"]) == pytest.approx(np.std(stored, ddof=1))


def test_a_wrong_key_stops_a_sweep_before_anything_is_written(refused, tiny):
    assert "Did you mean model.units?" in refused("-m", *tiny, "model.unitz=1,2")
    assert "Did you mean loss=weighted_rmse?" in refused("-m", *tiny, "loss=weighted_mse,weighted_rms")


@pytest.mark.slow
@pytest.mark.usefixtures("database")
def test_every_variant_trains_under_per_sample_weights(run_here, tiny, tmp_path):
    weights = np.random.default_rng(0).uniform(size=(184, 7))
    np.save(tmp_path / "w.npy", weights)
    forms = ["weighted_rmse", "weighted_mse", "sample_weight", "add_loss"]
    status, told, error = run_here("-m", *tiny, f"loss={','.join(forms)}", "weights=file", "weights.path=w.npy")
    assert status == 0, told + error
    found = {run.data.tags["loss"]: run.data for run in runs_in(tmp_path)[1] if run.data.tags["role"] == "trial"}
    assert found.keys() == set(forms)
    assert len({run.tags["weights_hash"] for run in found.values()}) == 1
    first_losses = [run.metrics["test_rmse"] for run in found.values()]
    assert np.isfinite(first_losses).all()


@pytest.mark.slow
@pytest.mark.usefixtures("database")
def test_variants_of_one_seed_start_from_the_same_network(run_here, tiny, tmp_path):
    """With a learning rate too small to move a float32, all variants end where they began."""
    losses = "loss=weighted_rmse,weighted_mse,sample_weight,loss_weights,add_loss"
    status, told, error = run_here(
        "-m", *tiny, losses, "train.optimizer.learning_rate=1e-30", "model.dropout=0.5", "seed=0,1"
    )
    assert status == 0, told + error
    by_seed = {}
    for found in runs_in(tmp_path)[1]:
        if found.data.tags["role"] == "trial":
            by_seed.setdefault(found.data.tags["seed"], set()).add(found.data.metrics["test_rmse"])
    assert {seed: len(values) for seed, values in by_seed.items()} == {"0": 1, "1": 1}
    assert by_seed["0"] != by_seed["1"]


def test_outcomes_are_files_too(run_here, tiny, tmp_path):
    status, *_ = run_here("-m", *tiny, "seed=0,1", "tracking=none")
    assert status == 0
    (folder,) = tmp_path.glob("runs/sweeps/*")
    outcomes = [json.loads(file.read_text()) for file in sorted((folder / "outcomes").glob("*.json"))]
    assert [outcome["seed"] for outcome in outcomes] == [0, 1]
    assert not list(tmp_path.glob("runs/mlflow.db"))
