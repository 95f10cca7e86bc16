import numpy as np
import pytest

from harness.config.schema import check_arguments
from harness.errors import InputError
from harness.weights.schemes.emphasis import emphasis


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (1, 2, [1, 5, 5, 1]),
        (0, 0, [5, 1, 1, 1]),
        (3, 3, [1, 1, 1, 5]),
        (None, 1, [5, 5, 1, 1]),
        (2, None, [1, 1, 5, 5]),
        (None, None, [5, 5, 5, 5]),
    ],
)
def test_both_ends_belong_to_the_range(split, first, last, expected):
    at = split(0, 2, 4)
    np.testing.assert_array_equal(emphasis(at, at, first=first, last=last, factor=5.0), expected)


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        (4, None, "weights.first: got 4. Write a position from 0 to 3, or null for that end of the 4 outputs"),
        (2, 1, "weights.last: got 1. Write a position from 2 to 3, or null for that end of the 4 outputs"),
        (2, 99, "weights.last: got 99. Write a position from 2 to 3, or null for that end of the 4 outputs"),
    ],
)
def test_a_range_outside_the_outputs_is_refused(split, first, last, told):
    at = split(0, 2, 4)
    with pytest.raises(InputError) as error:
        emphasis(at, at, first=first, last=last, factor=5.0)
    assert str(error.value) == told


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"factor": -1}, "weights.factor: got -1. Write a number of at least 0"),
        ({"first": -1}, "weights.first: got -1. Write a whole number from 0 to 10000000, or null"),
        ({"first": 0.5}, "weights.first: got 0.5. Write a whole number from 0 to 10000000, or null"),
    ],
)
def test_what_is_no_position_or_factor_is_refused(changes, told):
    with pytest.raises(InputError) as caught:
        check_arguments("weights", emphasis, {"_partial_": True, "first": 0, "last": 1, "factor": 1, **changes})
    assert str(caught.value) == told
