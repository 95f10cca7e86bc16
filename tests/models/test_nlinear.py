"""Against the same in NumPy, float64."""

import keras
import numpy as np
import pytest

from harness.config.schema import check_arguments
from harness.errors import InputError
from harness.models.nlinear import nlinear

X = np.random.default_rng(0).normal(5, 1, (5, 6, 3))


@pytest.mark.parametrize("features", [1, 3])
@pytest.mark.parametrize("target", [0, 2])
def test_a_linear_layer_on_the_differences_from_the_last_row(features, target):
    x, target = X[:, :, :features], min(target, features - 1)
    network = nlinear(6, features, 5, target=target)
    kernel, bias = np.random.default_rng(1).normal(size=(6 * features, 5)), np.arange(5.0)
    network.set_weights([kernel, bias])
    differences = (x - x[:, -1:, :]).reshape(5, -1)
    expected = x[:, -1, target][:, None] + differences @ kernel + bias
    np.testing.assert_allclose(network(x.astype("float32")), expected, rtol=1e-5)
    np.testing.assert_allclose(network(x[:1].astype("float32")), expected[:1], rtol=1e-5)


def test_parameters():
    assert nlinear(6, 1, 5, target=0).count_params() == (6 + 1) * 5
    assert nlinear(6, 3, 5, target=0).count_params() == (6 * 3 + 1) * 5


def test_one_row_of_lookback_is_the_last_value_and_a_bias():
    network = nlinear(1, 1, 2, target=0)
    np.testing.assert_allclose(network(np.full((3, 1, 1), 7.0, "float32")), np.full((3, 2), 7.0))


def test_it_learns_under_xla_what_least_squares_gives():
    """Targets that a linear map of the differences gives exactly."""
    rng = np.random.default_rng(2)
    x, kernel = rng.normal(size=(64, 3, 1)).astype("float32"), rng.normal(size=(3, 2))
    y = x[:, -1] + (x - x[:, -1:])[:, :, 0] @ kernel
    network = nlinear(3, 1, 2, target=0)
    network.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse", jit_compile=True)
    steps = 300
    network.fit(np.tile(x, (steps, 1, 1)), np.tile(y, (steps, 1)), batch_size=64, shuffle=False, verbose=0)
    np.testing.assert_allclose(network.predict(x, verbose=0), y, atol=1e-2)


def test_refusals():
    with pytest.raises(InputError, match=r"model\.target: got 3\. Write a feature of x from 0 to 2"):
        nlinear(6, 3, 5, target=3)
    with pytest.raises(InputError, match=r"model\.target: got -1"):
        check_arguments("model", nlinear, {"_partial_": True, "target": -1})


def test_more_parameters_than_memory_are_refused(monkeypatch):
    monkeypatch.setattr("harness.memory.memory", lambda: 6 * 3 * 5 * 8 - 1)
    with pytest.raises(InputError, match=r"data\.lookback: a linear layer from 6 x 3 numbers to 5 need"):
        nlinear(6, 3, 5, target=0)
