import numpy as np
import pytest

from harness.config.schema import check_arguments
from harness.errors import InputError
from harness.weights.schemes.exponential import exponential


def test_each_output_counts_gamma_of_the_one_before(split):
    at = split(0, 4, 4)
    np.testing.assert_array_equal(exponential(at, at, gamma=0.5), [1, 0.5, 0.25, 0.125])
    np.testing.assert_array_equal(exponential(at, at, gamma=2), [1, 2, 4, 8])


def test_a_negative_gamma_is_refused():
    with pytest.raises(InputError) as caught:
        check_arguments("weights", exponential, {"_partial_": True, "gamma": -0.5})
    assert str(caught.value) == "weights.gamma: got -0.5. Write a number of at least 0"


@pytest.mark.filterwarnings("error")
def test_a_power_beyond_floats_is_refused_and_does_not_become_inf(split):
    at = split(0, 4, 100)
    with pytest.raises(InputError, match=r"weights\.gamma: 10000\.0 to the power of 99 is more than a float holds"):
        exponential(at, at, gamma=1e4)
