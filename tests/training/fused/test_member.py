"""Whole trainings that take turns: each ends where it ends alone, and resumes from its own checkpoint."""

from functools import partial

import keras
import numpy as np
import pytest

from harness.errors import DivergedError, InputError
from harness.losses.weighted_mse import WeightedMSE
from harness.processes.turns import Own, in_turns
from harness.training import program as programs
from harness.training.callbacks.own import OwnCallback
from harness.training.fit import fit
from harness.training.fused import member as members
from harness.training.fused.member import member
from harness.training.kernels.fast import use_fast
from harness.training.program import program
from tests.training.short_training import training

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(40, 5, 2)), RNG.normal(size=(40, 3))
WEIGHTS = [RNG.uniform(0.1, 2, 3) for _ in range(4)]
NOTHING = Own(get=lambda: None, put=lambda kept: None)
# Of the monitor, after each epoch: job 0 ends after 2, job 1 after 4, the others train all.
ENDS = {0: 2, 1: 4}


@pytest.fixture(autouse=True)
def nothing_compiled():
    for kept in (programs._programs, members._epochs):
        kept.clear()
    yield
    for kept in (programs._programs, members._epochs):
        kept.clear()


def network(fast=True):
    history = keras.Input((5, 2))
    layer = keras.layers.GRU(3)
    return keras.Model(history, keras.layers.Dense(3)((use_fast(layer) if fast else layer)(history)))


def train(job, folder=None, epochs=5, x=X, y=Y, on_epoch=lambda *_: None, **changes):
    """(the history's losses, the forecasts of the network that is left)."""
    keras.utils.set_random_seed(job)
    build = changes.pop("build", network)
    optimizer = partial(keras.optimizers.Adam, learning_rate=0.01 * (job + 1))
    settings = training(optimizer=optimizer, epochs=epochs, patience=1, **changes)
    own, given = build(), (x, y, WEIGHTS[job])
    fittable = WeightedMSE().fittable(own, WEIGHTS[job])
    with program(own, fittable, settings, given, "small") as compiled:
        with_others = member(compiled, given, settings)

        def validate():
            epoch = int(compiled.model.optimizer.iterations) // compiled.steps
            return {"val_rmse": 10.0 + (epoch if epoch >= ENDS.get(job, 99) else -epoch)}

        checkpoint = folder / f"{job}.npz" if folder else None
        history = fit(compiled, given, validate, settings, job, on_epoch, checkpoint, with_others)
        forecast = with_others.forecast if with_others else compiled.predict
        return history.own_loss, forecast(x[:7].astype("float32"))


def same(found, expected):
    for mine, alone in zip(found, expected, strict=True):
        np.testing.assert_allclose(mine[0], alone[0], rtol=1e-4)
        np.testing.assert_allclose(mine[1], alone[1], rtol=1e-4, atol=1e-6)


def test_trainings_that_end_at_epochs_of_their_own():
    found = in_turns(train, range(4), NOTHING, at_a_time=4)
    assert [len(losses) for losses, _ in found] == [2, 4, 5, 5]
    same(found, [train(job) for job in range(4)])


@pytest.mark.slow
def test_one_that_ends_makes_room_for_the_next_and_all_share_what_is_compiled():
    found = in_turns(train, range(4), NOTHING, at_a_time=2)
    assert len(members._epochs) == 1
    assert next(iter(members._epochs.values())).size == 2
    same(found, [train(job) for job in range(4)])


@pytest.mark.slow
def test_other_data_is_computed_apart():
    given = {0: (X, Y), 1: (X[::-1].copy(), Y), 2: (X, Y * 2), 3: (X, Y)}

    def run(job):
        x, y = given[job]
        return train(job, x=x, y=y)

    found = in_turns(run, range(4), NOTHING, at_a_time=4)
    assert len(members._epochs) == 3
    same(found, [run(job) for job in range(4)])


def test_resumes_from_its_checkpoint_beside_one_that_begins(tmp_path):
    whole = in_turns(train, range(4), NOTHING, at_a_time=4)
    in_turns(partial(train, folder=tmp_path, epochs=3), [2], NOTHING, at_a_time=1)
    began = []
    found = in_turns(
        partial(train, folder=tmp_path, on_epoch=lambda epoch, _: began.append(epoch)), [2, 3], NOTHING, at_a_time=2
    )
    assert sorted(began) == [1, 2, 3, 4, 4, 5, 5]
    same(found, whole[2:])


@pytest.mark.slow
def test_one_that_diverges_ends_alone():
    def run(job):
        if job == 1:
            with pytest.raises(DivergedError):
                train(job, y=Y * 1e30)
            return [], []
        return train(job)

    found = in_turns(run, range(3), NOTHING, at_a_time=3)
    same([found[0], found[2]], [train(0), train(2)])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"build": partial(network, fast=False)}, "Keras computes the recurrence of gru.*model.kernel=fast"),
        (
            {"callbacks": [OwnCallback(keras.callbacks.Callback, stateless=True)]},
            "train.callbacks.*hydra/launcher=pool",
        ),
    ],
)
def test_what_cannot_be_computed_with_others_is_refused(changes, words):
    with pytest.raises(InputError, match=f"hydra/launcher: got fused.*{words}"):
        in_turns(partial(train, **changes), [0], NOTHING, at_a_time=1)
    train(0, **changes)
