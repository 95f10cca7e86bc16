import numpy as np
import pytest

from harness.config.schema import check_arguments
from harness.errors import InputError
from harness.weights.schemes.linear import linear


def test_goes_from_start_to_stop_in_equal_steps(split):
    at = split(0, 4, 4)
    np.testing.assert_allclose(linear(at, at, start=1.0, stop=0.1), [1.0, 0.7, 0.4, 0.1])
    np.testing.assert_allclose(linear(at, at, start=0, stop=3), [0, 1, 2, 3])


def test_a_single_output_gets_the_start(split):
    at = split(0, 4, 1)
    np.testing.assert_array_equal(linear(at, at, start=1.0, stop=0.1), [1.0])


@pytest.mark.parametrize("bad", [-0.5, float("nan"), float("inf"), "high", None, True])
def test_an_impossible_end_is_refused(bad):
    with pytest.raises(InputError) as start:
        check_arguments("weights", linear, {"_partial_": True, "start": bad, "stop": 0.1})
    assert str(start.value) == f"weights.start: got {bad!r}. Write a number of at least 0"
    with pytest.raises(InputError) as stop:
        check_arguments("weights", linear, {"_partial_": True, "start": 1.0, "stop": bad})
    assert stop.value.key == "weights.stop"
