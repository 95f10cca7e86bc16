from dataclasses import replace

import numpy as np
import pytest

from harness.config.schema import check_arguments
from harness.errors import InputError
from harness.weights.schemes.magnitude import magnitude


def test_powers_of_the_share_of_the_mean_train_target(split):
    train = split(0, 3, 2)  # targets 0 0, 1 2, 2 4: |y| is 1.5 on average
    np.testing.assert_allclose(magnitude(train, train, exponent=1, floor=0), train.y / 1.5, rtol=1e-15)
    np.testing.assert_allclose(magnitude(train, train, exponent=2, floor=0), (train.y / 1.5) ** 2, rtol=1e-15)
    floored = [[0.5, 0.5], [2 / 3, 4 / 3], [4 / 3, 8 / 3]]
    np.testing.assert_allclose(magnitude(train, train, exponent=1, floor=0.5), floored, rtol=1e-15)
    np.testing.assert_allclose(magnitude(train, train, exponent=-1, floor=0.5), 1 / np.array(floored), rtol=1e-15)


def test_the_sign_of_a_target_does_not_count(split):
    train = split(0, 3, 2)
    negative = replace(train, y=-train.y)
    np.testing.assert_array_equal(
        magnitude(negative, negative, exponent=1, floor=0), magnitude(train, train, exponent=1, floor=0)
    )


def test_the_scale_is_that_of_train(split):
    train, at = split(0, 3, 2), split(10, 2, 2)
    np.testing.assert_allclose(magnitude(train, at, exponent=1, floor=0), at.y / 1.5, rtol=1e-15)


def test_what_has_no_weights_is_refused(split):
    train = split(0, 3, 2)
    with pytest.raises(InputError, match=r"weights\.floor: got 0, and a target of 0 has no power of -1"):
        magnitude(train, train, exponent=-1, floor=0.0)
    nothing = replace(train, y=np.zeros((3, 2)))
    with pytest.raises(InputError, match=r"weights: all 6 train targets are 0"):
        magnitude(nothing, nothing, exponent=1, floor=0.1)
    with pytest.raises(InputError, match=r"weights\.floor: got -1\. Write a number of at least 0"):
        check_arguments("weights", magnitude, {"_partial_": True, "exponent": 1, "floor": -1})
