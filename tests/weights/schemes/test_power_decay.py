import numpy as np
import pytest

from harness.config.schema import check_arguments
from harness.errors import InputError
from harness.weights.schemes.power_decay import power_decay


def test_powers_of_the_distance(split):
    at = split(0, 4, 4)
    np.testing.assert_allclose(power_decay(at, at, exponent=0.5), [1, 2**-0.5, 3**-0.5, 0.5], rtol=1e-15)
    np.testing.assert_allclose(power_decay(at, at, exponent=-2), [1, 4, 9, 16], rtol=1e-15)
    np.testing.assert_array_equal(power_decay(at, at, exponent=0), np.ones(4))


def test_powers_that_no_float_holds_are_refused():
    with pytest.raises(InputError) as caught:
        check_arguments("weights", power_decay, {"_partial_": True, "exponent": 400})
    assert str(caught.value) == "weights.exponent: got 400. Write a number from -10 to 10"
