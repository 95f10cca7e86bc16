"""Against least squares in NumPy, float64."""

import numpy as np
import pytest
from small_series import SERIES_FRAMING

from harness.data.framing import SeriesFraming
from harness.data.scaling import inputs, predictions
from harness.data.windows import cut
from harness.errors import InputError
from harness.losses import WeightedMSE, WeightedRMSE
from harness.models.ridge import Ridge
from harness.spec import Series

RNG = np.random.default_rng(0)
ROWS = np.cumsum(RNG.normal(size=(220, 2)), axis=0) + 50
FRAMING = SERIES_FRAMING | {"lookback": 5, "outputs": 3, "split": [0.6, 0.2, 0.2]}


def data(normalise="last_value"):
    return cut([Series(ROWS, 0, None, "", "walk")], SeriesFraming(**FRAMING | {"normalise": normalise}), 0)


def solved(given, weights, penalty=0.3, bias=True):
    family = Ridge(penalty, bias)
    network = family(5, 2, 3)
    family.solve(network, given, weights)
    return network


def forecasts(network, given):
    x = given.test.x[:]
    return predictions(given.scaling, x, np.asarray(network(inputs(given.scaling, x))))


def expected(given, weights, penalty, bias):
    """Each output by itself: the normal equations of the weighted mean, in differences from the last row."""
    scale, unit = given.scaling.x_scale, given.scaling.y_scale

    def design(x):
        d = ((x - x[:, -1:]) / scale).reshape(len(x), -1)
        return np.column_stack([d, np.ones(len(d))]) if bias else d

    x, y, test = given.train.x[:], given.train.y, given.test.x[:]
    a, t = design(x), (y - x[:, -1, :1]) / unit
    ridge = penalty * np.eye(a.shape[1])
    ridge[10:, 10:] = 0
    found = np.empty((len(test), 3))
    for o in range(3):
        w = (np.ones(len(a)) if weights.ndim == 1 else weights[:, o]) / 1
        w = w / w.mean()
        solution = np.linalg.solve((a * w[:, None]).T @ a / len(a) + ridge, (a * w[:, None]).T @ t[:, o] / len(a))
        found[:, o] = test[:, -1, 0] + unit * (design(test) @ solution)
    return found


@pytest.mark.parametrize("normalise", ["last_value", "standard", "none"])
@pytest.mark.parametrize("bias", [True, False])
def test_the_normal_equations(normalise, bias):
    given, weights = data(normalise), np.ones(3)
    network = solved(given, weights, 0.3, bias)
    np.testing.assert_allclose(forecasts(network, given), expected(given, weights, 0.3, bias), rtol=2e-5)


def test_shared_weights_have_no_effect_at_the_optimum():
    """The negative control: no coefficient serves two outputs, so that nothing can be traded between them."""
    given = data()
    even = solved(given, np.ones(3)).get_weights()
    for weights in (np.array([1.0, 2, 3]), np.array([100.0, 1, 0.01])):
        for one, other in zip(solved(given, weights).get_weights(), even, strict=True):
            np.testing.assert_array_equal(one, other)


def test_weights_by_sample_do():
    given = data()
    weights = RNG.uniform(0.1, 5, given.train.y.shape)
    network = solved(given, weights)
    np.testing.assert_allclose(forecasts(network, given), expected(given, weights, 0.3, True), rtol=2e-5)
    assert np.abs(network.get_weights()[0] - solved(given, np.ones(3)).get_weights()[0]).max() > 1e-3


def test_weights_of_samples_alone_are_solved_once_and_right():
    given = data()
    weights = np.repeat(RNG.uniform(0.1, 5, (len(given.train.y), 1)), 3, axis=1) * [1, 2, 5]
    np.testing.assert_allclose(forecasts(solved(given, weights), given), expected(given, weights, 0.3, True), rtol=2e-5)


def test_other_objectives_are_refused():
    shared, by_sample, family = np.ones(3), np.ones((9, 3)), Ridge(1.0, True)
    family.check(WeightedMSE(), shared)
    family.check(WeightedMSE(normalise="none"), by_sample)
    for loss, weights, key in (
        (WeightedRMSE(), shared, "loss"),
        (WeightedMSE(error="absolute"), shared, "loss.error"),
        (WeightedMSE(), by_sample, "loss.normalise"),
    ):
        with pytest.raises(InputError) as caught:
            family.check(loss, weights)
        assert caught.value.key == key


def test_equations_without_a_single_solution_are_refused():
    flat = cut([Series(np.full((220, 2), 3.0), 0, None, "", "flat")], SeriesFraming(**FRAMING), 0)
    with pytest.raises(InputError, match=r"model\.penalty: got 0\.0, under which"):
        solved(flat, np.ones(3), 0.0)
