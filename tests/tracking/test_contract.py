"""What every tracker does, whatever it keeps."""

import inspect
from pathlib import Path

import keras
import numpy as np
import pytest

from harness.spec import Tracker
from harness.tracking.mlflow.tracker import MlflowTracker
from harness.tracking.silent import SilentTracker


@pytest.fixture(params=["mlflow", "none"])
def build(request, store):
    return (lambda: MlflowTracker(**store)) if request.param == "mlflow" else SilentTracker


@pytest.mark.parametrize("tracker", [MlflowTracker, SilentTracker])
def test_constructing_writes_nothing(tracker, fresh_store):
    tracker(**(fresh_store if tracker is MlflowTracker else {}))
    assert list(Path().iterdir()) == []


def test_takes_a_whole_run(build, data):
    folder = Path("pictures")
    folder.mkdir()
    (folder / "weights.txt").write_text("1")
    network = keras.Sequential([keras.Input((6, 2)), keras.layers.Flatten(), keras.layers.Dense(3)])
    tracker = build()
    tracker.prepare()
    tracker.prepare()
    tracker.start("a run", {"role": "trial"}, {"train.epochs": 2, "data.path": None})
    tracker.metrics([])
    tracker.metrics([("test_rmse", np.float64(0.5), 0)])
    tracker.artifact(folder)
    tracker.dataset(data, "made", "abc")
    tracker.network(network, np.ones((2, 6, 2)))
    run_id = tracker.close("FINISHED", {"seconds": "1"})
    assert run_id is None or isinstance(run_id, str)
    assert (folder / "weights.txt").read_text() == "1"


@pytest.mark.parametrize("status", ["FINISHED", "FAILED", "KILLED"])
def test_closes_with_each_status(build, status):
    tracker = build()
    tracker.start("a run", {}, {})
    tracker.close(status, {})


def test_has_the_protocols_methods_with_their_arguments(build):
    methods = {name: f for name, f in vars(Tracker).items() if inspect.isfunction(f) and not name.startswith("_")}
    assert "start" in methods
    for name, method in methods.items():
        found = getattr(type(build()), name)
        assert list(inspect.signature(found).parameters) == list(inspect.signature(method).parameters)
