import numpy as np
import pytest

from harness.errors import InputError
from harness.weights.schemes.recency import recency


def test_a_sample_counts_half_after_the_half_life(split):
    train = split(0, 4, 2)
    expected = [[2**-1.5] * 2, [0.5] * 2, [2**-0.5] * 2, [1.0] * 2]
    np.testing.assert_allclose(recency(train, train, half_life=0.5), expected)


def test_another_split_falls_at_the_rate_of_train_from_its_own_newest_sample(split):
    train, at = split(0, 8, 1), split(20, 3, 1)
    np.testing.assert_allclose(recency(train, at, half_life=0.25), [[0.5], [2**-0.5], [1.0]])


def test_age_goes_by_the_index_where_samples_are_missing(split):
    train, at = split(0, 4, 1), split(0, 5, 1)
    at = type(at)(at.x[:3], at.y[:3], np.array([0, 1, 4]), at.samples)
    np.testing.assert_allclose(recency(train, at, half_life=0.25), [[1 / 16], [1 / 8], [1.0]])


@pytest.mark.parametrize("bad", [0, -1, float("inf"), None])
def test_an_impossible_half_life_is_refused(split, bad):
    train = split(0, 4, 2)
    with pytest.raises(InputError) as told:
        recency(train, train, half_life=bad)
    assert told.value.key == "weights.half_life"
    assert f"got {bad!r}" in told.value.found
