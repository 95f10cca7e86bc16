import numpy as np
import pytest

from harness.statistics.mean_t import mean_t


def test_by_hand():
    """Mean 3, deviation sqrt(2.5), error sqrt(0.5); t of 97.5 % and 4 degrees: 2.77645 (any table); t = 4.2426."""
    found = mean_t(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), confidence=0.95)
    assert found.mean == 3
    assert found.low == pytest.approx(3 - 2.776445 * 0.5**0.5)
    assert found.high == pytest.approx(3 + 2.776445 * 0.5**0.5)
    # With 4 degrees of freedom the tail is 1/2 - (u - u^3/3) 3/4 with u = t / sqrt(t^2 + 4), doubled.
    u = 18**0.5 / 22**0.5
    assert found.p_value == pytest.approx(2 * (0.5 - 0.75 * (u - u**3 / 3)))


def test_two_values():
    """With one degree of freedom t is Cauchy's: p = 1 - 2/pi atan(t), t = 2 for 1 and 3."""
    found = mean_t(np.array([1.0, 3.0]), confidence=0.5)
    assert found.p_value == pytest.approx(1 - 2 / np.pi * np.arctan(2))
    assert (found.low, found.high) == pytest.approx((1, 3))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("value", "p"), [(0.0, 1.0), (0.1, 0.0), (-0.1, 0.0)])
def test_values_that_are_all_alike(value, p):
    found = mean_t(np.full(3, value), confidence=0.95)
    assert (found.mean, found.low, found.high, found.p_value) == (value, value, value, p)
