"""A sweep that runs until it is decided, from the command line to the verdict."""

import json
import signal
import time

import pytest
from mlflow import MlflowClient

SWEEP = [
    "-m",
    "loss=weighted_rmse,weighted_mse,sample_weight",
    "sweep.until=decided",
    "sweep.max_seeds=8",
    "report.margin=0.2",
]


def verdict(folder):
    (file,) = folder.glob("runs/sweeps/*/verdict.json")
    return json.loads(file.read_text())


@pytest.mark.slow
@pytest.mark.usefixtures("database")
def test_two_names_of_one_objective_are_one_variant_and_the_other_is_decided_in_the_first_round(run, tiny, tmp_path):
    status, told, error = run(*SWEEP[:1], *tiny, *SWEEP[1:], "report.after_sweep=true")
    assert status == 0, error
    words = " ".join(told.split())
    assert "18 trials in the first round" in words
    assert "weighted_mse = sample_weight" in words
    assert "Equivalent to it within 20 %" in words
    assert "Nothing remains open." in words
    assert "Decided in 1 round." in words
    (found,) = verdict(tmp_path)["verdicts"]
    assert found["decided"] is True
    assert verdict(tmp_path)["next"] is None
    client = MlflowClient(f"sqlite:///{tmp_path}/runs/mlflow.db")
    experiment = client.get_experiment_by_name("loss_variants")
    (kept,) = client.search_runs([experiment.experiment_id], "tags.role = 'sweep'")
    assert kept.data.tags["mlflow.note.content"].startswith(found["sentences"][0])
    status, told, _ = run("--json", "report.margin=0.2", module="harness.report")
    assert status == 0
    assert json.loads(told) == [found]


@pytest.mark.slow
@pytest.mark.usefixtures("database")
def test_killed_in_its_second_round_it_comes_to_the_same_verdict(start, here, tiny, tmp_path, put_database):
    # Differences of which none is shown, and none is ruled out: there is a second round.
    arguments = [*SWEEP[:1], *tiny, *SWEEP[1:4], "report.margin=1e-6"]
    quiet, killed = tmp_path / "quiet", tmp_path / "killed"
    for folder in (quiet, killed):
        folder.mkdir()
        put_database(folder)
    assert here(quiet, *arguments, "hydra/launcher=basic")[0] == 0
    process = start(killed, *arguments)
    began = time.monotonic()
    while not list(killed.glob("runs/sweeps/*/outcomes/18.json")):
        assert process.poll() is None, "it ends before its second round"
        assert time.monotonic() - began < 300
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    status, told, error = here(killed, *arguments, "hydra/launcher=basic")
    assert status == 0, error
    assert "Round 2: 4 more trials, seeds 6 to 7" in " ".join(told.split())
    assert verdict(killed) == verdict(quiet)
