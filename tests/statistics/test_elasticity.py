import numpy as np
import pytest

from harness.errors import InputError
from harness.statistics.elasticity import elasticity

WEIGHTS = np.array([0.5, 1.0, 2.0, 4.0, 0.0])
RNG = np.random.default_rng(0)


def followed(powers, before):
    """Errors that follow the weights with a power of each seed's own, and a factor that is no elasticity."""
    return before * 1.3 * np.where(WEIGHTS > 0, WEIGHTS, 7.0) ** np.array(powers)[:, None]


def test_a_power_law():
    """Slopes -0.1, -0.2, -0.3: error 0.1 / sqrt(3), t of 97.5 % and 2 degrees 4.30265; p of t = sqrt(12), 2 degrees."""
    before = RNG.uniform(1, 2, size=(3, 5))
    found = elasticity(followed([-0.1, -0.2, -0.3], before), before, WEIGHTS, confidence=0.95)
    assert found.mean == pytest.approx(-0.2)
    assert (found.low, found.high) == pytest.approx((-0.2 - 0.430265 / 3**0.5, -0.2 + 0.430265 / 3**0.5), abs=1e-6)
    assert found.p_value == pytest.approx(1 - (12 / 14) ** 0.5)


def test_the_slope_is_numpys():
    errors, before = RNG.uniform(1, 2, size=(2, 2, 5))
    expected = [
        np.polyfit(np.log(WEIGHTS[:4] / WEIGHTS.mean()), np.log(e[:4] / b[:4]), 1)[0]
        for e, b in zip(errors, before, strict=True)
    ]
    assert elasticity(errors, before, WEIGHTS, confidence=0.95).mean == pytest.approx(np.mean(expected))


def test_the_weights_scale_is_no_matter():
    errors, before = RNG.uniform(1, 2, size=(2, 3, 5))
    one, other = (elasticity(errors, before, scale * WEIGHTS, confidence=0.95) for scale in (1, 100))
    assert one.mean == pytest.approx(other.mean)


def test_one_seed_has_no_interval():
    before = np.ones((1, 5))
    found = elasticity(followed([-0.5], before), before, WEIGHTS, confidence=0.95)
    assert found.mean == pytest.approx(-0.5)
    assert (found.low, found.high, found.p_value) == (None, None, None)


@pytest.mark.filterwarnings("error")
def test_errors_that_did_not_change():
    errors = RNG.uniform(1, 2, size=(3, 5))
    found = elasticity(errors, errors, WEIGHTS, confidence=0.95)
    assert (found.mean, found.low, found.high, found.p_value) == (0, 0, 0, 1)


@pytest.mark.parametrize("weights", [[1, 1, 1], [0, 0, 2], [0, 3, 3]])
def test_weights_that_nothing_can_follow(weights):
    with pytest.raises(InputError, match=r"weights: .* Elasticity needs weights that differ"):
        elasticity(np.ones((2, 3)), np.ones((2, 3)), np.array(weights), confidence=0.95)


def test_an_error_of_0():
    errors = np.ones((2, 5))
    errors[0, 4] = 0
    assert elasticity(errors, np.ones((2, 5)), WEIGHTS, confidence=0.95).mean == 0
    errors[0, 3] = 0
    with pytest.raises(InputError, match="an output's error is 0"):
        elasticity(errors, np.ones((2, 5)), WEIGHTS, confidence=0.95)


def test_weights_that_differ_between_seeds_are_each_seeds_own():
    weights = np.array([[1.0, 2.0, 4.0], [4.0, 1.0, 2.0]])
    errors = weights**-0.5
    found = elasticity(errors, np.ones((2, 3)), weights, confidence=0.95)
    assert found.mean == pytest.approx(-0.5)
    assert found.low == pytest.approx(-0.5)
