"""Against the same in NumPy, float64."""

import numpy as np
import pytest

from harness.config.schema import check_arguments
from harness.errors import InputError
from harness.models.dlinear import dlinear

X = np.random.default_rng(0).normal(5, 1, (4, 30, 2))


def moving_average(x, width):
    """Along the rows; np.pad's edge repeats the first and the last."""
    padded = np.pad(x, ((0, 0), (width // 2, width // 2), (0, 0)), mode="edge")
    return np.stack([padded[:, i : i + width].mean(axis=1) for i in range(x.shape[1])], axis=1)


@pytest.mark.parametrize("width", [1, 3, 25, 61])
@pytest.mark.parametrize("features", [1, 2])
def test_two_linear_layers_on_average_and_remainder(width, features):
    x = X[:, :, :features]
    network = dlinear(30, features, 5, width=width)
    rng = np.random.default_rng(1)
    of_average, of_rest = rng.normal(size=(2, 30 * features, 5))
    network.get_layer("forecast_of_average").set_weights([of_average, np.ones(5)])
    network.get_layer("forecast_of_remainder").set_weights([of_rest, np.arange(5.0)])
    average = moving_average(x, width)
    expected = average.reshape(4, -1) @ of_average + (x - average).reshape(4, -1) @ of_rest + 1 + np.arange(5.0)
    np.testing.assert_allclose(network(x.astype("float32")), expected, rtol=1e-4, atol=1e-4)


def test_the_average_of_a_ramp_by_hand():
    """0 ... 4 over three rows: the ends go on with 0 and with 4."""
    network = dlinear(5, 1, 5, width=3)
    network.get_layer("forecast_of_average").set_weights([np.eye(5), np.zeros(5)])
    network.get_layer("forecast_of_remainder").set_weights([np.zeros((5, 5)), np.zeros(5)])
    forecast = network(np.arange(5.0, dtype="float32").reshape(1, 5, 1))
    np.testing.assert_allclose(forecast, [[1 / 3, 1, 2, 3, 11 / 3]], rtol=1e-6)


def test_parameters():
    assert dlinear(30, 1, 5, width=25).count_params() == 2 * (30 + 1) * 5
    assert dlinear(30, 2, 5, width=25).count_params() == 2 * (60 + 1) * 5


def test_refusals():
    with pytest.raises(InputError, match=r"model\.width: got 24\. Write an odd number, such as 25"):
        dlinear(30, 1, 5, width=24)
    with pytest.raises(InputError, match=r"model\.width: got 0"):
        check_arguments("model", dlinear, {"_partial_": True, "width": 0})


def test_more_parameters_than_memory_are_refused(monkeypatch):
    monkeypatch.setattr("harness.memory.memory", lambda: 2 * 30 * 2 * 5 * 8 - 1)
    with pytest.raises(InputError, match=r"data\.lookback: two linear layers from 30 x 2 numbers to 5 need"):
        dlinear(30, 2, 5, width=25)
