"""The learned weighting: its formula by NumPy, what it learns, and what is left of it in the network."""

from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf
from short_training import training

from harness.config.schema import check_arguments
from harness.errors import InputError
from harness.losses.formulas import weighted_gaussian_nll
from harness.losses.learned import Learned
from harness.spec import Fittable
from harness.training.fit import first_step, fit
from harness.training.program import Program

RNG = np.random.default_rng(0)
TRUE, PRED, LOG_VARIANCE = RNG.normal(size=(5, 4)), RNG.normal(size=(5, 4)), RNG.normal(size=4)
WEIGHTS = {"shared": RNG.uniform(0.1, 3, 4), "per sample": RNG.uniform(0.1, 3, (5, 4))}
RUNS = {"eager": {}, "graph": {"jit_compile": False}, "xla": {"jit_compile": True}}
weights = pytest.mark.parametrize("weights", WEIGHTS.values(), ids=WEIGHTS)


def by_hand(true, pred, weights, log_variance):
    """(values [batch], gradients of their mean by pred and by log_variance), in float64."""
    e, w, s2 = pred - true, np.broadcast_to(weights, pred.shape), np.exp(log_variance)
    values = np.sum(w * (e**2 / (2 * s2) + np.log(np.sqrt(s2))), axis=1)
    return values, w * e / s2 / len(e), np.mean(w * (1 - e**2 / s2), axis=0) / 2


def test_by_hand():
    """Errors 3 and 1 under weights 1 and 2 and deviations 1 and 2: 9/2 + 0 + 2 (1/8 + log 2)."""
    found = weighted_gaussian_nll([[3.0, 1.0]], [[0.0, 0.0]], [1.0, 2.0], np.log([1.0, 4.0]))
    assert float(found[0]) == pytest.approx(4.5 + 0.25 + 2 * np.log(2), rel=1e-6)


@weights
@pytest.mark.parametrize("how", RUNS.values(), ids=RUNS)
def test_value_and_gradients(weights, how):
    def by_tape(true, pred, weights, log_variance):
        with tf.GradientTape() as tape:
            tape.watch([pred, log_variance])
            values = weighted_gaussian_nll(true, pred, weights, log_variance)
            mean = tf.reduce_mean(values)
        return values, *tape.gradient(mean, [pred, log_variance])

    run = tf.function(by_tape, **how) if how else by_tape
    found = run(*(tf.constant(array, tf.float64) for array in (TRUE, PRED, weights, LOG_VARIANCE)))
    for one, other in zip(found, by_hand(TRUE, PRED, weights, LOG_VARIANCE), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_gradient_by_hand_is_the_slope_of_the_values():
    for place in range(4):
        step = 1e-6 * np.eye(4)[place]
        up, down = (by_hand(TRUE, PRED, WEIGHTS["per sample"], LOG_VARIANCE + s * step)[0].mean() for s in (1, -1))
        assert by_hand(TRUE, PRED, WEIGHTS["per sample"], LOG_VARIANCE)[2][place] == pytest.approx(
            (up - down) / 2e-6, rel=1e-6
        )


@pytest.mark.parametrize("where", range(4))
def test_nan_in_is_nan_out(where):
    arrays = [TRUE.copy(), PRED.copy(), WEIGHTS["per sample"].copy(), LOG_VARIANCE.copy()]
    arrays[where][..., 2] = np.nan
    assert np.isnan(weighted_gaussian_nll(*arrays)).all()


@pytest.mark.parametrize("shape", [(), (1,), (5,), (5, 4), (1, 4)])
def test_the_variance_is_not_broadcast(shape):
    with pytest.raises(ValueError, match=r"Expected log_variance of shape \(4,\)\. Received"):
        weighted_gaussian_nll(TRUE, PRED, WEIGHTS["shared"], np.zeros(shape))


def linear(features=3, outputs=4):
    history = keras.Input((1, features))
    return keras.Model(history, keras.layers.Dense(outputs)(keras.layers.Flatten()(history)))


SETTINGS = {"epochs": 40, "batch_size": 50, "optimizer": partial(keras.optimizers.Adam, learning_rate=0.03)}


def trained(arrays, **changes):
    keras.utils.set_random_seed(0)
    network = linear(arrays[0].shape[-1], arrays[1].shape[-1])
    scores = iter(range(1000, 0, -1))
    fittable = Learned(0.0).fittable(network, arrays[2])
    settings = training(**{**SETTINGS, **changes})
    program = Program(network, fittable, settings, arrays)
    history = fit(program, arrays, lambda: {"val_rmse": float(next(scores))}, settings, 3, lambda *_: None, None)
    return network, fittable, history


def test_first_step_is_the_formula():
    network = linear(outputs=4)
    x, y = RNG.normal(size=(5, 1, 3)), TRUE
    fittable = Learned(0.7).fittable(network, WEIGHTS["per sample"])
    settings = training(**{**SETTINGS, "batch_size": 5})
    loss, gradient, own = first_step(network, fittable, (x, y, WEIGHTS["per sample"]), settings, 0)
    kernel, bias = network.get_weights()
    values, by_pred, by_own = by_hand(y, x[:, 0] @ kernel + bias, WEIGHTS["per sample"], np.full(4, 0.7))
    assert loss == pytest.approx(values.mean(), rel=1e-5)
    np.testing.assert_allclose(
        gradient, np.r_[(x[:, 0].T @ by_pred).ravel(), by_pred.sum(axis=0)], rtol=1e-4, atol=1e-6
    )
    np.testing.assert_allclose(own, by_own, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("jit_compile", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize("weights", [np.ones(4), np.array([0.2, 1.8, 1.0, 1.0])], ids=["uniform", "uneven"])
def test_it_learns_the_noise_of_each_output(weights, jit_compile):
    """Targets are linear in x, plus noise of a planted deviation. Shared weights do not change what is found."""
    rng, planted = np.random.default_rng(1), np.array([0.1, 0.3, 1.0, 2.0])
    x = rng.normal(size=(1500, 1, 3))
    noise = planted * rng.normal(size=(1500, 4))
    y = x[:, 0] @ rng.normal(size=(3, 4)) + noise
    _, _, history = trained((x, y, weights), jit_compile=jit_compile)
    assert list(history.owned) == ["log_variance"]
    found = np.exp(history.owned["log_variance"] / 2)
    np.testing.assert_allclose(found, planted, rtol=0.1)
    np.testing.assert_allclose(found, noise.std(axis=0), rtol=0.07)


def test_the_network_is_left_as_it_was():
    """Its own layers alone, all of them Keras's, and no variable of the loss."""
    network, fittable, history = trained((RNG.normal(size=(50, 1, 3)), RNG.normal(size=(50, 4)), np.ones(4)), epochs=1)
    assert all(type(layer).__module__.startswith("keras.") for layer in network.layers)
    assert network.count_params() == 3 * 4 + 4
    owned = {id(variable) for variable in fittable.owned.values()}
    assert not owned & {id(variable) for variable in network.variables}
    assert owned < {id(variable) for variable in fittable.model.trainable_variables}
    assert np.all(history.owned["log_variance"] != 0)


def test_the_training_model_reloads(tmp_path):
    fittable = Learned(0.5).fittable(linear(), np.ones(4))
    fittable.model.save(tmp_path / "training.keras")
    again = keras.models.load_model(tmp_path / "training.keras")
    for one, other in zip(fittable.model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert again.get_layer("learned_variance").initial_log_variance == 0.5


@weights
def test_all_weights_have_their_effect(weights):
    Learned(0.0).check(weights, 1)
    Learned(0.0).check(np.arange(1.0, 6)[:, None] * np.ones(4), 32)


@pytest.mark.parametrize("value", [np.nan, np.inf, "0", None, True])
def test_no_start(value):
    with pytest.raises(InputError, match=r"loss\.initial_log_variance: got .*Write a number from -80 to 80$"):
        check_arguments("loss", Learned, {"initial_log_variance": value})


def test_an_owned_variable_that_does_not_train_is_refused():
    network = linear()
    with pytest.raises(ValueError, match="the loss owns 'scale', which is no trainable variable of its model"):
        Fittable(network, {}, lambda *arrays: arrays, owned={"scale": keras.Variable(1.0)})
