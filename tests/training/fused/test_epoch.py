"""Several trainings computed at once leave what each leaves alone; the peer is Keras's own training of each."""

from functools import partial

import keras
import numpy as np
import pytest

from harness.data.scaling import ScaledWindows
from harness.losses.weighted_mse import WeightedMSE
from harness.spec import RowWindows, Scaling
from harness.training.batches import batches, order
from harness.training.fused.epoch import Epochs
from harness.training.kernels.fast import use_fast
from harness.training.program import Program
from tests.training.short_training import training
from tests.training.test_program import VARIANTS

RNG = np.random.default_rng(0)
# The last batch is smaller than the others.
N, STEPS, OUTPUTS, BATCH, MANY = 70, 6, 5, 32, 3
X, Y = RNG.normal(size=(N, STEPS, 2)), RNG.normal(size=(N, OUTPUTS))
SHARED = [RNG.uniform(0.1, 2, OUTPUTS) for _ in range(MANY)]
EACH = [RNG.uniform(0.1, 2, (N, OUTPUTS)) for _ in range(MANY)]
ADAM = [partial(keras.optimizers.Adam, learning_rate=rate) for rate in (0.001, 0.01, 0.05)]
LSTM, GRU, SIMPLE = keras.layers.LSTM, keras.layers.GRU, keras.layers.SimpleRNN


def recurrent(cell=LSTM, both_ways=False, layers=1, dropout=0.0):
    x = history = keras.Input((STEPS, 2))
    for place in range(layers):
        layer = cell(4, return_sequences=place < layers - 1)
        x = use_fast(keras.layers.Bidirectional(layer) if both_ways else layer)(x)
        x = keras.layers.Dropout(dropout)(x) if dropout else x
    return keras.Model(history, keras.layers.Dense(OUTPUTS)(x))


def dense():
    history = keras.Input((STEPS, 2))
    x = keras.layers.BatchNormalization()(keras.layers.Flatten()(history))
    return keras.Model(history, keras.layers.Dense(OUTPUTS, kernel_regularizer="l2")(x))


def programs(build, variant, weights, optimizers=ADAM, x=X, jit_compile=False):
    made, settings = [], []
    for seed, (w, optimizer) in enumerate(zip(weights, optimizers, strict=True)):
        keras.utils.set_random_seed(seed)
        settings.append(training(optimizer=optimizer, batch_size=BATCH, jit_compile=jit_compile))
        network = build()
        made.append(Program(network, variant.fittable(network, w), settings[-1], (x, Y, w)))
    return made, settings[0]


def state(program):
    return [variable.numpy() for variable in (*program.model.variables, *program.model.optimizer.variables)]


def at_once(made, settings, weights, x=X, size=MANY, epochs=2):
    fused = Epochs(made[0], (x, Y, weights[0]), settings, size)
    losses = []
    for epoch in range(epochs):
        losses = fused.train(made, weights, [order(N, seed, epoch).numpy() for seed in range(len(made))])
    return [state(program) for program in made], losses, fused.forecast(made, np.asarray(x[:50], np.float32))


def one_by_one(made, weights, x=X, epochs=2):
    states, losses, forecasts = [], [], []
    for seed, (program, w) in enumerate(zip(made, weights, strict=True)):
        data = batches(program.fittable, (x, Y, w), BATCH, seed, 0)
        kept = program.model.fit(data, epochs=epochs, steps_per_epoch=program.steps, shuffle=False, verbose=0)
        states.append(state(program))
        losses.append(kept.history["loss"][-1])
        forecasts.append(program.predict(np.asarray(x[:50], np.float32)))
    return states, losses, forecasts


def check(build, variant, weights, **given):
    own = {name: given[name] for name in ("x",) if name in given}
    made, settings = programs(build, variant, weights, **given)
    states, losses, forecasts = at_once(made, settings, weights, **own)
    expected = one_by_one(programs(build, variant, weights, **given)[0], weights, **own)
    moved = [state(program) for program in programs(build, variant, weights, **given)[0]]
    for found, wanted, before in zip(states, expected[0], moved, strict=True):
        assert any(np.abs(after - first).max() > 0.001 for after, first in zip(wanted, before, strict=True))
        for mine, alone in zip(found, wanted, strict=True):
            np.testing.assert_allclose(mine, alone, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(losses, expected[1], rtol=1e-4)
    np.testing.assert_allclose(forecasts, expected[2], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "name", [name if name == "learned" else pytest.param(name, marks=pytest.mark.slow) for name in VARIANTS]
)
def test_every_variant_under_seeds_rates_and_weights_of_its_own(name):
    check(recurrent, VARIANTS[name], SHARED)


def test_weights_of_each_sample():
    check(recurrent, WeightedMSE(normalise="none"), EACH)


@pytest.mark.parametrize("cell", [pytest.param(GRU, marks=pytest.mark.slow), SIMPLE])
def test_every_cell_in_layers_read_both_ways_with_dropout(cell):
    check(partial(recurrent, cell, both_ways=True, layers=2, dropout=0.3), WeightedMSE(), SHARED)


def test_layers_without_a_loop_and_what_they_add_to_the_loss():
    check(dense, WeightedMSE(), SHARED)


@pytest.mark.slow
@pytest.mark.parametrize(
    "optimizer",
    [
        partial(keras.optimizers.SGD, 0.05, momentum=0.9, global_clipnorm=0.5),
        partial(keras.optimizers.AdamW, 0.01, weight_decay=0.1, clipnorm=0.3),
        partial(keras.optimizers.RMSprop, keras.optimizers.schedules.ExponentialDecay(0.05, 2, 0.5)),
    ],
)
def test_optimizers_that_look_at_a_whole_gradient_or_at_the_steps(optimizer):
    check(recurrent, WeightedMSE(), SHARED, optimizers=[optimizer] * MANY)


def test_windows_that_are_cut_when_they_are_asked_for():
    rows = RNG.normal(size=(N + STEPS, 2))
    scaling = Scaling(False, 0, np.array([0.1, 0.2]), np.array([2.0, 3.0]), 0.0, 1.0)
    check(recurrent, WeightedMSE(), SHARED, x=ScaledWindows(RowWindows(rows, np.arange(N), STEPS), scaling))


@pytest.mark.slow
def test_fewer_than_it_was_compiled_for():
    made, settings = programs(recurrent, WeightedMSE(), SHARED)
    states, losses, forecasts = at_once(made[:2], settings, SHARED[:2])
    made, settings = programs(recurrent, WeightedMSE(), SHARED)
    expected = at_once(made, settings, SHARED)
    assert len(states) == len(losses) == len(forecasts) == 2
    for found, wanted in zip((losses, forecasts), expected[1:], strict=True):
        np.testing.assert_array_equal(found, wanted[:2])


@pytest.mark.slow
@pytest.mark.parametrize("name", VARIANTS)
def test_with_xla(name):
    check(recurrent, VARIANTS[name], SHARED, jit_compile=True)
