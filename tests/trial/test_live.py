"""Curves that are delivered while a training runs: each point once, and never a finished run before its end."""

import sqlite3
import threading
import time

import pytest

from harness.tracking.logger import Opening
from harness.tracking.mlflow.run_store import MlflowStore
from harness.tracking.tracking import Tracking
from harness.training.history import History
from harness.trial import live as live_module
from harness.trial.live import live
from harness.trial.points import curve_points

MONITOR = "val_rmse"


@pytest.fixture
def store(tmp_path, monkeypatch, database):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(live_module, "SECONDS_A_BATCH", 0.05)
    place = {"uri": "sqlite:///runs/mlflow.db", "artifacts": "runs/artifacts"}
    return MlflowStore(**place, experiment="tried", retry_seconds=1)


@pytest.fixture
def logger(store):
    logger = Tracking(store, {}).logger()
    logger.start(Opening("a run", {"role": "trial", "fingerprint": "a"}, {}))
    return logger


def epochs(count):
    values = [1 / (epoch + 3) for epoch in range(count)]
    return History(True, list(values), list(values), list(values))


def kept(folder="."):
    with sqlite3.connect(f"{folder}/runs/mlflow.db") as database:
        return database.execute("SELECT key, step, value FROM metrics ORDER BY key, step").fetchall()


def expected(count):
    return sorted(
        (f"curve/{name}", epoch + 1, 1 / (epoch + 3))
        for name in ("own_loss", "seconds", MONITOR)
        for epoch in range(count)
    )


def wait_for(points):
    deadline = time.monotonic() + 20
    while kept() != points:
        assert time.monotonic() < deadline, kept()
        time.sleep(0.02)


def test_epochs_are_there_while_the_training_runs_and_once_after_it(store, logger):
    with live(logger, MONITOR) as curves:
        curves.take(epochs(2))
        wait_for(expected(2))
        assert store.finished(["a"]) == {}
        assert [run.status for run in store.read([logger.run_id])] == ["RUNNING"]
        curves.take(epochs(3))
        wait_for(expected(3))
        curves.take(epochs(5))
    logger.metrics([*curve_points(epochs(5), MONITOR), ("test_rmse", 1.0, 0)])
    logger.close("FINISHED", {})
    assert kept() == [*expected(5), ("test_rmse", 0, 1.0)]
    assert store.read([logger.run_id])[0].points[f"curve/{MONITOR}"].tolist() == [
        [e + 1, 1 / (e + 3)] for e in range(5)
    ]


def test_a_training_that_resumes_has_its_earlier_epochs_once(logger):
    with live(logger, MONITOR) as curves:
        curves.take(epochs(4))
        wait_for(expected(4))
    logger.metrics(curve_points(epochs(4), MONITOR))
    assert kept() == expected(4)


def test_a_store_out_of_reach_ends_the_live_curves_alone(logger, tmp_path):
    with sqlite3.connect(tmp_path / "runs" / "mlflow.db", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        with live(logger, MONITOR) as curves:
            curves.take(epochs(2))
            time.sleep(0.3)
            curves.take(epochs(3))
        other.execute("ROLLBACK")
    logger.metrics(curve_points(epochs(3), MONITOR))
    assert kept() == expected(3)


def test_a_training_that_fails_leaves_no_thread_and_no_finished_run(store, logger):
    def diverge():
        with live(logger, MONITOR) as curves:
            curves.take(epochs(2))
            raise ValueError("diverged")

    with pytest.raises(ValueError, match="diverged"):
        diverge()
    assert "live curves" not in [thread.name for thread in threading.enumerate()]
    assert store.finished(["a"]) == {}


def test_a_run_that_was_not_started_has_no_curves():
    with live(None, MONITOR) as curves:
        assert curves is None
