"""Each callback alone; `fit` with all of them is tested in test_fit.py and test_resume.py."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest

from harness.errors import DivergedError
from harness.training.callbacks.guard import Guard
from harness.training.callbacks.keep_best import KeepBest
from harness.training.callbacks.own import OwnCallback, forgetful, restore, state_of
from harness.training.callbacks.progress import Progress
from harness.training.callbacks.record_history import RecordHistory
from harness.training.callbacks.stop import Stop
from harness.training.callbacks.validate import Validate
from harness.training.history import History


def with_model(callback, stop_training=False):
    """The callback, beside a model of which it sees `stop_training` alone."""
    callback.set_model(SimpleNamespace(stop_training=stop_training))
    return callback


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_guard_names_the_figure_and_the_epoch(value):
    guard = Guard("loss", "the training loss")
    guard.on_epoch_end(0, {"loss": -1e300, "val_rmse": value})
    with pytest.raises(DivergedError, match=r"the training loss became .* in epoch 3") as caught:
        guard.on_epoch_end(2, {"loss": value})
    assert (caught.value.epoch, caught.value.metric) == (3, "the training loss")


def test_validate_adds_its_metrics_to_the_logs_of_all():
    logs = {"loss": 1.0}
    Validate(lambda: {"val_rmse": 2.0, "val_mae": 3.0}).on_epoch_end(0, logs)
    assert logs == {"loss": 1.0, "val_rmse": 2.0, "val_mae": 3.0}


def test_record_history():
    history = History(lower_is_better=True)
    record = with_model(RecordHistory(history, "val_mae", spent=1000.0))
    record.on_epoch_end(0, {"loss": 1.0, "val_mae": 2.0})
    record.model.stop_training = True
    record.on_epoch_end(1, {"loss": 0.5, "val_mae": 1.0})
    assert (history.own_loss, history.monitor, history.stopped) == ([1.0, 0.5], [2.0, 1.0], True)
    assert 1000 < history.seconds[0] < history.seconds[1] < 1060


@pytest.mark.parametrize(("lower_is_better", "best"), [(True, 1.0), (False, 2.0)])
def test_keep_best_takes_the_first_of_the_best(lower_is_better, best):
    history, variable = History(lower_is_better=lower_is_better), keras.Variable([0.0, 0.0])
    keep = KeepBest([variable], history)
    for epoch, monitor in enumerate([3.0, 1.0, 5.0, 1.0, 5.0]):
        history.monitor.append(monitor)
        variable.assign([epoch, -epoch])
        keep.on_epoch_end(epoch)
    keep.restore()
    np.testing.assert_array_equal(variable, [best, -best])


@pytest.mark.parametrize(
    ("monitor", "epochs", "patience", "stops"),
    [([2.0, 1.0], 9, 2, False), ([1.0, 2.0, 1.0], 9, 2, True), ([2.0, 1.0], 2, 9, True)],
)
def test_stop(monitor, epochs, patience, stops):
    history = History(lower_is_better=True, monitor=monitor)
    stop = with_model(Stop(history, epochs, patience))
    stop.on_epoch_end(len(monitor) - 1)
    assert stop.model.stop_training is stops


def test_stop_leaves_a_training_stopped_that_another_has_stopped():
    stop = with_model(Stop(History(lower_is_better=True, monitor=[2.0, 1.0]), 9, 9), stop_training=True)
    stop.on_epoch_end(1)
    assert stop.model.stop_training


def test_progress_counts_from_1():
    seen, history = [], History(lower_is_better=True)
    Progress(lambda epoch, so_far: seen.append((epoch, so_far)), history).on_epoch_end(0)
    assert seen == [(1, history)]


class Counter(keras.callbacks.Callback):
    """Remembers what it saw, and says so."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def get_state(self):
        return {"count": self.count}

    def set_state(self, state):
        self.count = state["count"]


def test_what_a_checkpoint_keeps_of_a_callback():
    counter, other = Counter(), Counter()
    counter.count = 7
    restore(other, state_of(counter))
    assert other.count == 7
    assert state_of(keras.callbacks.LambdaCallback()) == {}
    restore(keras.callbacks.LambdaCallback(), {})


def test_which_callbacks_forget():
    kinds = [
        (Counter, False),
        (keras.callbacks.ReduceLROnPlateau, False),
        (keras.callbacks.LambdaCallback, True),
        (keras.callbacks.EarlyStopping, False),
    ]
    own = [OwnCallback(*kind) for kind in kinds]
    assert forgetful(own, [each.make() for each in own]) == ["ReduceLROnPlateau", "EarlyStopping"]
