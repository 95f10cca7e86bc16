import numpy as np
import pytest

from harness.errors import InputError
from harness.weights.schemes.multi_horizon import multi_horizon


def test_the_formula(split):
    at = split(0, 4, 4)
    expected = [np.log(4) / 4, np.log(2) / 4, np.log(4 / 3) / 4, 0]
    np.testing.assert_allclose(multi_horizon(at, at), expected, rtol=1e-14, atol=1e-16)


def test_it_is_the_limit_of_the_mean_over_all_horizons(split):
    """The horizons' own sum at output l is (1 / H) sum over h from l to H of 1 / h; the integral bounds it."""
    outputs = 2000
    at = split(0, 2, outputs)
    sums = np.cumsum((1 / np.arange(1.0, outputs + 1))[::-1])[::-1] / outputs
    np.testing.assert_allclose(multi_horizon(at, at)[99:1000], sums[99:1000], rtol=0.01)


def test_a_single_output_is_refused(split):
    with pytest.raises(InputError, match=r"weights: of one output the only weight would be 0\. Write weights=uniform"):
        multi_horizon(split(0, 4, 1), split(0, 4, 1))
