"""What Keras does with the recipes that the README warns of; a Keras that mends one makes a test here fail."""

import keras
import numpy as np
import pytest

OUTPUTS = 6


@pytest.fixture
def data():
    random = np.random.default_rng(0)
    n = 2 * OUTPUTS
    return random.normal(size=(n, 3)), random.normal(size=(n, OUTPUTS)), random.uniform(0.1, 2, size=(n, OUTPUTS))


def dense():
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(OUTPUTS)])


def exact(model, x, y, w):
    return np.mean(w * (y - model.predict(x, verbose=0)) ** 2)


def test_sample_weight_an_output_raises_or_trains_something_else(data):
    x, y, w = data
    model = dense()
    model.compile(loss="mse", jit_compile=False)
    with pytest.raises(Exception, match=r"(?i)shape|dimensions"):
        model.evaluate(x, y, sample_weight=w, batch_size=4, verbose=0)
    silent = model.evaluate(x, y, sample_weight=w, batch_size=OUTPUTS, verbose=0)
    assert silent != pytest.approx(exact(model, x, y, w), rel=1e-3)


def test_add_loss_on_symbolic_tensors_raises():
    y_true, given = keras.Input((OUTPUTS,)), keras.Input((OUTPUTS,))
    network = dense()
    model = keras.Model([network.inputs[0], y_true, given], network.outputs[0])
    with pytest.raises((NotImplementedError, AttributeError, TypeError, ValueError)):
        model.add_loss(keras.ops.mean(given * keras.ops.square(y_true - network.outputs[0])))


def test_class_weight_takes_the_arg_max_of_a_target(data):
    x, y, _ = data
    model = dense()
    model.compile(loss="mse", optimizer=keras.optimizers.SGD(0.0), jit_compile=False)
    by_class = {i: float(i + 1) for i in range(OUTPUTS)}
    history = model.fit(x, y, class_weight=by_class, batch_size=len(x), verbose=0, epochs=1)
    factors = y.argmax(axis=1) + 1.0
    assert history.history["loss"][0] == pytest.approx(
        np.mean(factors * np.mean((y - model.predict(x, verbose=0)) ** 2, axis=1)), rel=1e-5
    )


def test_mean_squared_error_broadcasts_in_silence(data):
    _, y, _ = data
    assert np.isfinite(float(keras.losses.MeanSquaredError()(y[:, :1], y)))
