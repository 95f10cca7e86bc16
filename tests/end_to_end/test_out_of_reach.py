"""A store out of reach and a full disk: nothing that was trained is lost, and the same command ends the sweep."""

import sqlite3
import subprocess
import time

import pytest
from mlflow import MlflowClient

from harness.trial.points import MEASURED

SWEEP = ["loss=weighted_rmse,weighted_mse", "seed=0,1", "tracking.retry_seconds=1"]


def finished(folder):
    client = MlflowClient(f"sqlite:///{folder}/runs/mlflow.db")
    experiment = client.get_experiment_by_name("loss_variants")
    found = client.search_runs([experiment.experiment_id], "tags.role = 'trial'")
    return {
        run.data.tags["fingerprint"]: {k: v for k, v in run.data.metrics.items() if k not in MEASURED}
        for run in found
        if run.info.status == "FINISHED"
    }


def table(folder):
    return next(folder.glob("runs/sweeps/*/table.csv")).read_text()


@pytest.fixture(scope="module")
def undisturbed(tiny, tmp_path_factory, here, put_database):
    folder = tmp_path_factory.mktemp("undisturbed")
    put_database(folder)
    status, told, error = here(folder, "-m", *tiny, *SWEEP, "hydra/launcher=basic")
    assert status == 0, told + error
    return folder


@pytest.mark.slow
@pytest.mark.usefixtures("database")
def test_results_wait_for_a_locked_store_and_are_kept_at_the_next_start(start, run_here, tiny, tmp_path, undisturbed):
    process = start(tmp_path, "-m", *tiny, *SWEEP, "hydra.launcher.workers=1")
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("runs/trials/*/lock")):
        assert time.monotonic() < deadline, "no trial began"
        time.sleep(0.05)
    with sqlite3.connect(tmp_path / "runs" / "mlflow.db", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        told, _ = process.communicate()
        other.execute("ROLLBACK")
    assert process.returncode == 3, told
    assert "results wait to be kept" in told
    assert "Traceback" not in told
    waiting = list(tmp_path.glob("runs/trials/*/record/run.json"))
    assert waiting
    trained = {file.parent.parent.name: file.stat().st_mtime_ns for file in waiting}

    status, told, error = run_here("-m", *tiny, *SWEEP)
    assert status == 0, told + error
    assert finished(tmp_path) == finished(undisturbed)
    assert trained.keys() <= finished(tmp_path).keys()
    assert table(tmp_path) == table(undisturbed)
    assert not list(tmp_path.glob("runs/trials/*/*"))


@pytest.mark.slow
def test_a_full_disk(start, run_here, tiny, tmp_path, undisturbed):
    (tmp_path / "runs").mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1500k", "none", str(tmp_path / "runs")]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a disk of one's own size takes the right to mount one")
    try:
        process = start(tmp_path, "-m", *tiny, *SWEEP, "hydra.launcher.workers=1")
        told, _ = process.communicate()
        assert process.returncode != 0
        assert "Traceback" not in told
        subprocess.run(["mount", "-o", "remount,size=200m", str(tmp_path / "runs")], check=True)
        status, told, error = run_here("-m", *tiny, *SWEEP)
        assert status == 0, told + error
        assert finished(tmp_path) == finished(undisturbed)
        assert table(tmp_path) == table(undisturbed)
    finally:
        subprocess.run(["umount", "--lazy", str(tmp_path / "runs")], check=True)
