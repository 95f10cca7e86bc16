"""`sweep.merge_equivalent`, from the command line to the report: one training for variants of one objective."""

import csv
import json

import pytest
from mlflow import MlflowClient

LOSSES = "loss=weighted_mse,sample_weight,weighted_rmse"
MERGE = "sweep.merge_equivalent=true"
SAID = (
    "One objective by the audit, trained once, as weighted_mse (sweep.merge_equivalent): weighted_mse = sample_weight."
)


def words(text):
    return " ".join(text.split())


def trained(folder):
    client = MlflowClient(f"sqlite:///{folder}/runs/mlflow.db")
    experiment = client.get_experiment_by_name("loss_variants")
    return client.search_runs([experiment.experiment_id], "tags.role = 'trial'")


@pytest.mark.slow
@pytest.mark.usefixtures("database")
def test_one_objective_is_trained_once_and_stands_in_one_row(run_here, tiny, tmp_path):
    arguments = ["-m", *tiny, LOSSES, "seed=0,1", MERGE, "hydra/launcher=basic"]
    status, told, error = run_here(*arguments, "report.after_sweep=true")
    assert status == 0, error
    assert words(told).count(SAID) == 2
    assert "6 trials" in told
    assert "2 the same as another and trained once" in words(told)
    runs = trained(tmp_path)
    assert sorted(run.data.tags["loss"] for run in runs) == ["weighted_mse"] * 2 + ["weighted_rmse"] * 2
    (folder,) = tmp_path.glob("runs/sweeps/*")
    with (folder / "table.csv").open() as file:
        rows = {row["loss"]: row for row in csv.DictReader(file) if row["baseline"] == "False"}
    assert set(rows) == {"weighted_mse = sample_weight", "weighted_rmse"}
    assert {row["seeds"] for row in rows.values()} == {"2"}
    found = json.loads((folder / "verdict.json").read_text())
    assert found["merged"] == [SAID]
    summary = words((folder / "report" / "summary.txt").read_text())
    assert "Trained once, as one objective or one trial: weighted_mse = sample_weight." in summary
    with (folder / "report" / "tables" / "ranking.csv").open() as file:
        assert {"weighted_mse = sample_weight", "weighted_rmse"} < {row["variant"] for row in csv.DictReader(file)}
    status, told, error = run_here(*arguments)
    assert status == 0, error
    assert "nothing to go" in told
    assert len(trained(tmp_path)) == 4


@pytest.mark.slow
def test_a_dry_run_says_what_would_be_merged(run_here, tiny, tmp_path):
    status, told, error = run_here(
        "-m", *tiny, LOSSES, "weights=uniform,recency", "seed=0,1", MERGE, "sweep.dry_run=true"
    )
    assert status == 0, error
    told = words(told)
    # Under recency the loss that normalises each sample is another objective.
    assert "12 trials: 0 done before, 10 to go." in told
    assert told.count("One objective by the audit, trained once") == 1
    assert "weighted_mse = sample_weight uniform." in told
    assert "The same trial, trained once" not in told
    assert not (tmp_path / "runs" / "sweeps").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("database")
def test_until_decided_the_others_are_left_out_of_further_rounds(run_here, tiny, tmp_path):
    limits = ["sweep.until=decided", "sweep.max_seeds=8", "report.margin=1e-6", "hydra/launcher=basic"]
    status, told, error = run_here("-m", *tiny, LOSSES, MERGE, *limits)
    assert status == 0, error
    assert "18 trials in the first round" in words(told)
    assert "Round 2: 4 more trials, seeds 6 to 7" in words(told)
    assert len(trained(tmp_path)) == 16
    (file,) = tmp_path.glob("runs/sweeps/*/verdict.json")
    (verdict,) = json.loads(file.read_text())["verdicts"]
    names = {verdict["best"], *(each["variant"] for kind in ("worse", "open", "equivalent") for each in verdict[kind])}
    assert names == {"weighted_mse = sample_weight", "weighted_rmse"}
    with (file.parent / "table.csv").open() as table:
        assert {row["seeds"] for row in csv.DictReader(table) if row["baseline"] == "False"} == {"8"}
