import numpy as np
import pytest

from harness.errors import InputError
from harness.weights.rescale import rescale


def test_shared_weights_get_a_mean_of_one_over_the_outputs():
    np.testing.assert_allclose(rescale(np.array([0.25, 0.5, 1.0, 0.75]), "mean_one"), [0.4, 0.8, 1.6, 1.2])


def test_per_sample_weights_get_it_over_all_and_keep_what_a_sample_counts():
    weights = np.array([[1.0, 1.0], [3.0, 3.0]])
    np.testing.assert_allclose(rescale(weights, "mean_one"), [[0.5, 0.5], [1.5, 1.5]])


@pytest.mark.filterwarnings("error")
def test_huge_weights_do_not_overflow():
    np.testing.assert_allclose(rescale(np.array([1e308, 1e308, 0.5e308]), "mean_one"), [1.2, 1.2, 0.6])


def test_none_leaves_them():
    weights = np.array([1.0, 3.0])
    np.testing.assert_array_equal(rescale(weights, "none"), [1.0, 3.0])


def test_an_unknown_rule_is_refused_with_the_nearest():
    with pytest.raises(InputError) as caught:
        rescale(np.ones(2), "mean_1")
    assert str(caught.value) == (
        "rescale_weights: got 'mean_1'. Did you mean rescale_weights=mean_one? Write one of: mean_one, none"
    )
