from dataclasses import replace

import numpy as np
import pytest

from harness.config.schema import check_arguments
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
    at = type(at)(at.x[:3], at.y[:3], np.array([0, 1, 4]), at.samples, series=at.series[:3])
    np.testing.assert_allclose(recency(train, at, half_life=0.25), [[1 / 16], [1 / 8], [1.0]])


def test_a_sample_is_as_old_as_it_is_in_its_own_series(split):
    # Four samples of one series, then two of another: each series' newest counts 1.
    train = replace(split(0, 6, 1), series=np.array([0, 0, 0, 0, 1, 1]))
    expected = [[2**-1.5], [0.5], [2**-0.5], [1.0], [0.5], [1.0]]
    np.testing.assert_allclose(recency(train, train, half_life=0.5), expected)


@pytest.mark.parametrize("bad", [0, -1, float("inf"), None])
def test_an_impossible_half_life_is_refused(bad):
    with pytest.raises(InputError) as caught:
        check_arguments("weights", recency, {"_partial_": True, "half_life": bad})
    assert str(caught.value) == f"weights.half_life: got {bad!r}. Write a number above 0"
