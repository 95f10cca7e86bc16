"""A training that goes on from its checkpoint gives what it would have given undisturbed, to the last bit.

Run as a script it is one process of such a training; see `killed`.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import warnings
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pytest
from short_training import training

from harness.errors import DivergedError
from harness.losses import WeightedMSE, WeightedRMSE
from harness.losses.add_loss import AddLoss
from harness.losses.learned import Learned
from harness.losses.loss_weights import LossWeights
from harness.losses.sample_weight import SampleWeight
from harness.models.rnn import rnn
from harness.training.callbacks.own import OwnCallback
from harness.training.fit import fit
from harness.training.predictor import predictor
from harness.training.program import Program

OUTPUTS = 3
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(70, 4, 2)), RNG.normal(size=(70, OUTPUTS))
WEIGHTS = np.array([0.5, 1.0, 1.5])


class StoppedError(Exception):
    """Stops a training from inside."""


def stop():
    raise StoppedError


def linear():
    history = keras.Input((4, 2))
    return keras.Model(history, keras.layers.Dense(OUTPUTS)(keras.layers.Flatten()(history)))


def gru():
    return rnn(
        4, 2, OUTPUTS, cell="gru", units=3, upper_units=None, layers=1, dropout=0.5, bidirectional=False, kernel="fast"
    )


def with_every_state():
    """Random generators inside cells, and weights that no gradient trains."""
    history = keras.Input((4, 2))
    x = keras.layers.Bidirectional(keras.layers.LSTM(3, dropout=0.3, recurrent_dropout=0.4))(history)
    x = keras.layers.GaussianNoise(0.1)(keras.layers.BatchNormalization()(x))
    return keras.Model(history, keras.layers.Dense(OUTPUTS)(x))


def train(checkpoint, after=None, within=None, act=stop, network=linear, loss=None, scores=None, **changes):
    """(weights, own losses, monitor, best epoch, epochs trained here) of one fit in a network built anew.

    The validation metrics of the network that is kept are those of its epoch, or not known.

    after, within: the epoch after whose checkpoint, or after whose training alone, to `act`; scores: the validation's,
    by epoch, in place of real ones.
    """
    keras.utils.set_random_seed(7)
    network, told = network(), []
    predict = predictor(network, False)
    fittable = (loss or WeightedMSE()).fittable(network, WEIGHTS)

    def validate():
        epoch = int(fittable.model.optimizer.iterations) // 3
        if epoch == within:
            act()
        rmse = np.sqrt(np.mean((predict(X[:20].astype("float32")) - Y[:20]) ** 2))
        return {"val_rmse": scores[epoch - 1] if scores else float(rmse)}

    def on_epoch(epoch, history):
        told.append(epoch)
        if epoch == after:
            act()

    settings = training(**{"epochs": 5, **changes})
    arrays = X, Y, WEIGHTS
    program = Program(network, fittable, settings, arrays)
    history = fit(program, arrays, validate, settings, 11, on_epoch, checkpoint)
    assert history.validation in (None, {"val_rmse": min(history.monitor)})
    assert (history.validation is None) == (bool(settings.callbacks) or history.best_epoch not in told)
    values = [*network.get_weights(), *history.owned.values()]
    weights = np.concatenate([w.ravel() for w in values]).tobytes().hex()
    return [weights, history.own_loss, history.monitor, history.best_epoch, told]


def interrupted(checkpoint, *epochs, **given):
    """What `train` gives after it was stopped after each of these epochs."""
    for epoch in epochs:
        with pytest.raises(StoppedError):
            train(checkpoint, after=epoch, **given)
    return train(checkpoint, **given)


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"network": gru, "loss": Learned(0.0)}, id="a loss that owns variables", marks=pytest.mark.slow),
        pytest.param(
            {"network": with_every_state, "optimizer": partial(keras.optimizers.Adam, learning_rate=0.05)},
            id="adam",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            {
                "network": gru,
                "optimizer": partial(keras.optimizers.Nadam, learning_rate=0.05),
                "loss": LossWeights("squared", 1.0),
            },
            id="nadam",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            {
                "network": gru,
                "optimizer": partial(keras.optimizers.AdamW, learning_rate=0.05),
                "loss": AddLoss(WeightedMSE()),
            },
            id="adamw",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            {
                "network": gru,
                "optimizer": partial(keras.optimizers.RMSprop, learning_rate=0.05),
                "loss": SampleWeight("squared", 1.0),
            },
            id="rmsprop",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            {"network": gru, "optimizer": partial(keras.optimizers.SGD, learning_rate=0.05), "loss": WeightedRMSE()},
            id="sgd",
        ),
    ],
)
def test_the_same_to_the_last_bit(tmp_path, given):
    *undisturbed, told = train(None, **given)
    *found, told_last = interrupted(tmp_path / "c.npz", 3, **given)
    assert found == undisturbed
    assert told == [1, 2, 3, 4, 5]
    assert told_last == [4, 5]


def test_keeping_a_checkpoint_changes_nothing(tmp_path):
    assert train(tmp_path / "c.npz") == train(None)


@pytest.mark.parametrize(
    ("scores", "patience", "stops", "best", "last"),
    [
        ([3, 1, 2, 2, 2, 0], 3, (3,), 2, [4, 5]),  # patience that began to run out before
        pytest.param([3, 1, 2, 2, 2, 0], 3, (1, 2, 3, 4), 2, [5], marks=pytest.mark.slow),
        ([3, 1, 2, 2, 0, 5], 3, (4,), 5, [5, 6]),
        ([1, 2, 3, 4, 5, 6], 9, (4,), 1, [5, 6]),  # the best epoch lies before
    ],
)
def test_early_stopping_goes_on(tmp_path, scores, patience, stops, best, last):
    given = {"scores": scores, "patience": patience, "epochs": 6}
    *undisturbed, _ = train(None, **given)
    *found, told = interrupted(tmp_path / "c.npz", *stops, **given)
    assert found == undisturbed
    assert (found[-1], told) == (best, last)


class Falling(keras.callbacks.Callback):
    """Halves the learning rate in every second epoch that it has seen, and stops after `last` epochs."""

    def __init__(self, last=99):
        super().__init__()
        self.last = last

    def on_train_begin(self, logs=None):
        self.seen, self.trace = 0, np.zeros(2)

    def on_epoch_end(self, epoch, logs=None):
        self.seen += 1
        self.trace = np.array([self.trace[1], logs["val_rmse"]])
        if self.seen % 2 == 0:
            rate = self.model.optimizer.learning_rate
            rate.assign(rate / 2)
        if self.seen == self.last:
            self.model.stop_training = True


class Keeping(Falling):
    """The same, and a checkpoint can keep what it has seen."""

    def get_state(self):
        return {"seen": self.seen, "trace": self.trace}

    def set_state(self, state):
        self.seen, self.trace = state["seen"], state["trace"]


@pytest.mark.parametrize(
    "stops",
    [(3,), pytest.param((1,), marks=pytest.mark.slow), pytest.param((1, 2, 3), marks=pytest.mark.slow)],
)
def test_a_callback_with_a_state_resumes_to_the_last_bit(tmp_path, stops):
    given = {"callbacks": [OwnCallback(Keeping, False)]}
    *undisturbed, _ = train(None, **given)
    *found, told = interrupted(tmp_path / "c.npz", *stops, **given)
    assert found == undisturbed
    assert told == [*range(stops[-1] + 1, 6)]
    assert found != train(None)[:-1]  # the callback does something


def test_a_callback_without_a_state_costs_a_retraining_and_no_wrong_number(tmp_path):
    given = {"callbacks": [OwnCallback(Falling, False)]}
    *undisturbed, _ = train(None, **given)
    with pytest.warns(UserWarning, match=r"training keeps no checkpoint.*Falling of train\.callbacks.*stateless: true"):
        *found, told = interrupted(tmp_path / "c.npz", 3, **given)
    assert found == undisturbed
    assert told == [1, 2, 3, 4, 5]
    assert not (tmp_path / "c.npz").exists()


def test_a_callback_declared_stateless_resumes(tmp_path):
    given = {"callbacks": [OwnCallback(keras.callbacks.LambdaCallback, True)]}
    *undisturbed, _ = train(None, **given)
    *found, told = interrupted(tmp_path / "c.npz", 3, **given)
    assert (found, told) == (undisturbed, [4, 5])


def test_the_loss_keeps_its_variables_of_the_best_epoch(tmp_path):
    """The best epoch, the second, lies before the interruption, after the fourth."""
    given = {"loss": Learned(0.0), "scores": [3, 1, 2, 4, 5]}
    *undisturbed, _ = train(None, **given)
    *found, _ = interrupted(tmp_path / "c.npz", 4, **given)
    assert found == undisturbed
    assert found[0] == train(None, **{**given, "epochs": 2})[0] != train(None, **{**given, "epochs": 1})[0]


def test_a_training_that_a_callback_has_stopped_stays_stopped(tmp_path):
    given = {"callbacks": [OwnCallback(partial(Keeping, last=3), False)]}
    *undisturbed, told = train(None, **given)
    assert told == [1, 2, 3]
    *found, told_last = interrupted(tmp_path / "c.npz", 3, **given)
    assert (found, told_last) == (undisturbed, [])


def test_a_schedule_resumes(tmp_path):
    schedule = keras.optimizers.schedules.CosineDecay(0.05, decay_steps=15)
    given = {"optimizer": partial(keras.optimizers.SGD, learning_rate=schedule, momentum=0.9, global_clipnorm=0.5)}
    *undisturbed, _ = train(None, **given)
    assert interrupted(tmp_path / "c.npz", 2, **given)[:-1] == undisturbed


@pytest.mark.parametrize(("scores", "last"), [([3, 1, 2, 4, 5], 5), ([1, 2, 3, 0, 0], 3)])
def test_one_that_had_ended_trains_nothing_more(tmp_path, scores, last):
    """All epochs done, or patience exhausted; stopped after its last epoch and before the best weights were back."""
    given = {"scores": scores, "patience": 2 if last == 3 else 9}
    *undisturbed, _ = train(None, **given)
    *found, told = interrupted(tmp_path / "c.npz", last, **given)
    assert found == undisturbed
    assert told == []
    assert train(tmp_path / "c.npz", **given) == [*undisturbed, []]


def test_one_that_diverged_diverges_again_in_the_same_epoch(tmp_path):
    for _ in range(2):
        with pytest.raises(DivergedError, match="val_rmse became nan in epoch 3"):
            train(tmp_path / "c.npz", scores=[2.0, 1.0, float("nan")])
    assert train(tmp_path / "c.npz")[-1] == [3, 4, 5]


def test_a_truncated_file_starts_anew(tmp_path):
    file = tmp_path / "c.npz"
    undisturbed = train(None)
    with pytest.raises(StoppedError):
        train(file, after=3)
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.warns(UserWarning, match="training starts anew"):
        assert train(file) == undisturbed
    assert train(file)[-1] == []


def test_goes_on_without_one_while_none_can_be_written(tmp_path):
    folder = tmp_path / "full"
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")  # not Python's own, which leaves out a warning that was told before
        assert train(folder / "c.npz", after=3, act=folder.mkdir) == train(None)
    (warning,) = (w for w in told if "checkpoint" in str(w.message))
    assert str(warning.message).startswith("training continues without a checkpoint of its latest epochs: [Errno 2]")
    assert warning.filename.endswith("keep_checkpoint.py")  # not Keras, whose warnings are silenced
    assert train(folder / "c.npz")[-1] == []


def killed(checkpoint, **given):
    """Runs `train` in a process of its own that kills itself instead of stopping."""
    command = [sys.executable, __file__, str(checkpoint), json.dumps(given)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("jit_compile", [False, True])
def test_killed_twice(tmp_path, jit_compile):
    given = {"jit_compile": jit_compile, "epochs": 6}
    killed(tmp_path / "c.npz", after=2, **given)
    killed(tmp_path / "c.npz", within=4, **given)
    *found, told_last = train(tmp_path / "c.npz", network=gru, **given)
    *wanted, told = train(None, network=gru, **given)
    assert found == wanted
    assert told == [1, 2, 3, 4, 5, 6]
    assert told_last == [4, 5, 6]


@contextmanager
def largest_file(size):
    """Inside the block this process can make no file larger."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_does_not_stop_it(tmp_path):
    """The process may write files of 4 KiB, and no checkpoint is as small; an older one stays as it is."""
    with pytest.raises(StoppedError):
        train(tmp_path / "c.npz", network=gru, after=2, epochs=4)
    before = (tmp_path / "c.npz").read_bytes()
    *undisturbed, _ = train(None, network=gru, epochs=4)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with largest_file(4096):
            found = train(tmp_path / "c.npz", network=gru, epochs=4)
    assert found == [*undisturbed, [3, 4]]
    said = "\n".join(str(warning.message) for warning in told)
    assert said.count("continues without a checkpoint of its latest epochs: [Errno 27] File too large") == 1
    assert (tmp_path / "c.npz").read_bytes() == before


if __name__ == "__main__":
    kill = partial(os.kill, os.getpid(), signal.SIGKILL)
    train(Path(sys.argv[1]), network=gru, act=kill, **json.loads(sys.argv[2]))
