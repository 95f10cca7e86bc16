"""Runs of trials that other machines train: begun with their first epoch, and one a trial in the end."""

import json

import pytest

from harness.sweep.cluster.delivery import deliver, keep_failure
from harness.sweep.cluster.live import LiveRuns
from harness.sweep.cluster.node import this_launcher, train
from harness.trial.record import Failure

POINTS = [("curve/own_loss", 0.5, 1), ("curve/val_weighted_rmse", 0.25, 1)]


@pytest.fixture
def kept(tmp_path):
    """(run.json, metrics.csv) of each run that a CSV logger has kept."""
    return lambda: [
        (json.loads((run / "run.json").read_text()), (run / "metrics.csv").read_text())
        for run in tmp_path.glob("runs/csv/*")
    ]


def test_a_curve_is_there_before_the_result_and_the_run_is_one(job, kept):
    live = LiveRuns({3: job()})
    assert live.end(3) is None
    live.take(3, POINTS)
    ((run, metrics),) = kept()
    assert run["status"] == "RUNNING"
    assert "curve/own_loss,0.5,1" in metrics.splitlines()
    # So soon after the first these wait for what follows.
    live.take(3, [("curve/own_loss", 0.125, 2)])
    assert kept()[0][1] == metrics

    trained = train(job(), this_launcher(), False, lambda *sign: None)
    outcome = deliver(job(), trained, live.end(3))
    assert outcome.status == "FINISHED"
    ((run, metrics),) = kept()
    assert run["status"] == "FINISHED"
    points = [tuple(line.split(",")[::2]) for line in metrics.splitlines()]
    assert len(points) == len(set(points)), "what was written live is not written again"
    assert ("curve/own_loss", "2") in points


def test_a_failure_ends_the_run_that_was_begun(job, kept):
    live = LiveRuns({3: job()})
    live.take(3, POINTS)
    keep_failure(job(), Failure("its machine died", None), live.end(3))
    ((run, _),) = kept()
    assert (run["status"], run["tags"]["failure"]) == ("FAILED", "its machine died")


def test_where_nothing_can_be_kept_the_sweep_goes_on_without_curves(job, tmp_path):
    live = LiveRuns({3: job()})
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "csv").write_text("a file where a folder is to be")
    live.take(3, POINTS)
    live.take(3, POINTS)
    assert live.end(3) is None
