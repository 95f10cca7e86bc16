"""Predictions beside NumPy and beside Keras, for any number of samples."""

import keras
import numpy as np
import pytest

from harness.models.rnn import rnn
from harness.training import predictor as module
from harness.training.predictor import predictor

LOOKBACK, FEATURES = 4, 2


def samples(n):
    return np.float32(np.random.default_rng(n).normal(size=(n, LOOKBACK, FEATURES)))


def recurrent(cell, kernel="fast", bidirectional=False):
    keras.utils.set_random_seed(0)
    return rnn(
        LOOKBACK,
        FEATURES,
        3,
        cell=cell,
        units=5,
        upper_units=None,
        layers=2,
        dropout=0.5,
        bidirectional=bidirectional,
        kernel=kernel,
    )


@pytest.fixture
def compiled(monkeypatch):
    """The networks whose predictions XLA computes."""
    found, plain = [], module._compiled

    def compiled(network):
        found.append(network)
        return plain(network)

    monkeypatch.setattr(module, "_compiled", compiled)
    monkeypatch.setattr(module, "visible_gpus", dict)
    return found


@pytest.mark.parametrize("jit_compile", [False, True])
def test_a_linear_network_is_not_compiled(compiled, jit_compile):
    history = keras.Input((LOOKBACK, FEATURES))
    network = keras.Model(history, keras.layers.Dense(3)(keras.layers.Flatten()(history)))
    kernel, bias = network.get_weights()
    predict = predictor(network, jit_compile)
    for n in (1, 1024, 2500):
        np.testing.assert_allclose(predict(samples(n)), samples(n).reshape(n, -1) @ kernel + bias, rtol=1e-4, atol=1e-5)
    assert not compiled


@pytest.mark.parametrize(
    ("cell", "bidirectional"),
    [("lstm", False), ("simple_rnn", True), pytest.param("gru", True, marks=pytest.mark.slow)],
)
def test_compiled_ones_are_those_of_keras_but_for_rounding(compiled, cell, bidirectional):
    """Whatever n, and as the network stands at each call; nothing is left out as in training."""
    network, own = (recurrent(cell, kernel, bidirectional) for kernel in ("fast", "keras"))
    predict = predictor(network, True)
    assert compiled == [network]
    for n in (1, 256, 300):
        np.testing.assert_allclose(predict(samples(n)), own.predict(samples(n), verbose=0), rtol=1e-5, atol=1e-6)
    for each in (network, own):
        each.set_weights([values + 0.5 for values in each.get_weights()])
    np.testing.assert_allclose(predict(samples(9)), own.predict(samples(9), verbose=0), rtol=1e-5, atol=1e-6)


def test_keras_loops_compute_where_xla_may_not_or_a_gpu_is_seen(compiled, monkeypatch):
    network = recurrent("lstm")
    expected = predictor(recurrent("lstm", "keras"), True)(samples(7))
    np.testing.assert_array_equal(predictor(network, False)(samples(7)), expected)
    monkeypatch.setattr(module, "visible_gpus", lambda: {"0": "H100"})
    np.testing.assert_array_equal(predictor(network, True)(samples(7)), expected)
    assert not compiled
