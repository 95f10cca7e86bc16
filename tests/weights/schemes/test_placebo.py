import numpy as np
import pytest

from harness.config.schema import check_arguments
from harness.errors import InputError
from harness.weights.schemes.placebo import placebo


def test_shared_weights_are_permuted_over_the_outputs(split):
    at = split(0, 3, 20)
    weights = placebo(at, at, of=lambda train, at: np.arange(20.0), seed=1)
    assert weights.tolist() != list(range(20))
    assert sorted(weights) == list(range(20))


def test_per_sample_weights_are_permuted_by_sample_and_each_row_stays_whole(split):
    at = split(0, 20, 3)
    rows = np.arange(60.0).reshape(20, 3)
    weights = placebo(at, at, of=lambda train, at: rows, seed=1)
    assert weights.tolist() != rows.tolist()
    assert sorted(weights.tolist()) == rows.tolist()


def test_the_seed_decides_the_order(split):
    at = split(0, 3, 20)
    one, again, other = (placebo(at, at, of=lambda train, at: np.arange(20.0), seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert one.tolist() != other.tolist()


def test_the_other_scheme_sees_both_splits_and_is_left_unchanged(split):
    train, at = split(0, 5, 4), split(5, 3, 4)
    original, seen = np.arange(4.0), []
    placebo(train, at, of=lambda *splits: seen.extend(splits) or original, seed=1)
    assert seen[0] is train
    assert seen[1] is at
    np.testing.assert_array_equal(original, [0, 1, 2, 3])


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"seed": -1}, "weights.seed: got -1. Write a whole number from 0 to 4294967295"),
        ({"of": 3}, "weights.of: got 3. Write a node with a _target_"),
    ],
)
def test_a_bad_seed_or_scheme_is_refused(changes, told):
    with pytest.raises(InputError) as caught:
        check_arguments("weights", placebo, {"_partial_": True, "of": {"_target_": "a.b"}, "seed": 0, **changes})
    assert str(caught.value) == told
