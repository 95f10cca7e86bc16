import math

import numpy as np
import pytest

from harness.config.schema import check_arguments
from harness.data.dataset import source_of
from harness.data.sources.mackey_glass import mackey_glass, solve
from harness.errors import InputError

USUAL = {"tau": 17, "beta": 0.2, "gamma": 0.1, "exponent": 10}


def series(**changes):
    setting = {
        "length": 300,
        **USUAL,
        "warmup": 50,
        "seed": 0,
        "lookback": 20,
        "outputs": 10,
        "stride": 1,
        "split": [0.6, 0.2, 0.2],
        "train_span": "grow",
        "missing": "refuse",
        "normalise": "standard",
        "season": None,
        "unit": "",
    }
    return source_of(mackey_glass, setting | changes).dataset(fold=0)


def test_the_fixed_point_stays():
    # beta / (1 + x^n) = gamma at x = 1.
    np.testing.assert_allclose(solve(1.0, rows=100, **USUAL), 1, rtol=1e-12)


def test_the_first_delay_is_an_exponential():
    # Up to time tau the feedback is constant: x' = k - gamma x.
    k = 0.2 * 1.2 / (1 + 1.2**10)
    exact = [k / 0.1 + (1.2 - k / 0.1) * math.exp(-0.1 * t) for t in range(18)]
    np.testing.assert_allclose(solve(1.2, rows=18, **USUAL), exact, rtol=1e-12)


def test_the_second_delay_is_an_integral():
    # x(t) = e^(-gamma (t - tau)) x(tau) + the integral of e^(-gamma (t - s)) f(x(s - tau)) from tau to t, where x is
    # still the exponential above.
    k, tau = 0.2 * 1.2 / (1 + 1.2**10), 17
    delayed_time = np.linspace(0, 17, 170_001)
    delayed = k / 0.1 + (1.2 - k / 0.1) * np.exp(-0.1 * delayed_time)
    pulled = np.exp(0.1 * delayed_time) * 0.2 * delayed / (1 + delayed**10)
    integral = np.append(0, np.cumsum((pulled[1:] + pulled[:-1]) / 2) * 1e-4)[::10_000]
    exact = np.exp(-0.1 * np.arange(18)) * (delayed[-1] + integral)
    np.testing.assert_allclose(solve(1.2, rows=35, **USUAL)[tau:], exact, rtol=2.5e-5)


def test_chaos_on_the_known_attractor():
    values = solve(1.2, rows=2000, **USUAL)[500:]
    assert 0.2 < values.min() < 0.5
    assert 1.2 < values.max() < 1.5
    nearby = solve(1.2 + 1e-6, rows=2000, **USUAL)[500:]
    assert np.abs(values - nearby).max() > 1000 * 1e-6


def test_the_seed_decides_all():
    one, same, other = series(), series(), series(seed=1)
    np.testing.assert_array_equal(one.test.y, same.test.y)
    assert np.abs(one.test.y - other.test.y).max() > 0.01
    level = np.random.default_rng(0).uniform(0.5, 1.5)
    np.testing.assert_array_equal(one.train.x[0, :, 0], solve(level, rows=70, **USUAL)[50:])
    assert one.train.samples == 300 - 29


def refuse(**changes):
    usual = {"length": 300, **USUAL, "warmup": 50, "seed": 0, "season": None, "unit": ""}
    framing = {"lookback": 20, "outputs": 10, "stride": 1, "split": [0.6, 0.2, 0.2], "train_span": "grow"}
    framing |= {"missing": "refuse", "normalise": "standard"}
    with pytest.raises(InputError) as caught:
        check_arguments("data", mackey_glass, {"_partial_": True, **usual, **framing, **changes})
    return str(caught.value)


@pytest.mark.parametrize(
    ("key", "least", "most"),
    [("length", 1, 1_000_000), ("tau", 1, 10_000), ("warmup", 0, 1_000_000), ("seed", 0, 2**32 - 1)],
)
def test_whole_figures_out_of_range(key, least, most):
    for value in (least - 1, most + 1):
        assert refuse(**{key: value}) == f"data.{key}: got {value}. Write a whole number from {least} to {most}"


@pytest.mark.parametrize("key", ["beta", "gamma", "exponent"])
@pytest.mark.parametrize("value", [0, -1, 51, math.nan, "much"])
def test_figures_out_of_range(key, value):
    assert f"data.{key}: got {value!r}. Write a number from 0.001 to" in refuse(**{key: value})
