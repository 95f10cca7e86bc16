from dataclasses import replace

import numpy as np
import pytest

from harness.config.schema import check_arguments
from harness.errors import InputError
from harness.weights.schemes.inverse_variance import inverse_variance


def test_one_over_the_variance_of_each_train_target(split):
    train = split(0, 3, 3)  # output l: 0, l, 2 l with l = 1, 2, 3, of variance 2/3 l^2
    np.testing.assert_allclose(inverse_variance(train, train, clip=100.0), [3 / 2, 3 / 8, 3 / 18])


def test_only_the_train_split_is_looked_at(split):
    train, at = split(0, 3, 3), split(50, 8, 3)
    np.testing.assert_array_equal(inverse_variance(train, at, clip=9.0), inverse_variance(train, train, clip=9.0))


def test_clip_bounds_the_ratio_of_largest_to_smallest(split):
    train = split(0, 3, 3)
    np.testing.assert_allclose(inverse_variance(train, train, clip=4.0), [4 / 6, 3 / 8, 1 / 6])


def test_an_output_that_never_varies_gets_the_largest_weight(split):
    train = split(0, 3, 3)
    train.y[:, 1] = 7.0
    np.testing.assert_allclose(inverse_variance(train, train, clip=10.0), [9 / 6, 10 / 6, 1 / 6])


def test_targets_that_never_vary_are_refused(split):
    train = replace(split(0, 3, 3), y=np.ones((3, 3)))
    with pytest.raises(InputError) as caught:
        inverse_variance(train, train, clip=10.0)
    assert caught.value.key == "weights"
    assert "no output varies over the 3 train samples" in caught.value.found
    assert caught.value.instead == "Write weights=uniform"


def test_a_clip_below_one_is_refused():
    with pytest.raises(InputError) as caught:
        check_arguments("weights", inverse_variance, {"_partial_": True, "clip": 0.5})
    assert str(caught.value) == "weights.clip: got 0.5. Write a number of at least 1"
