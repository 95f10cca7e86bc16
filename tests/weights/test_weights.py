import numpy as np
import pytest

from harness.errors import InputError
from harness.weights.weights import checked, rescale


@pytest.mark.parametrize("weights", [[1, 0, 2], [[1, 0, 2], [0, 0, 0]]])
def test_good_weights_pass_as_float64_in_their_shape(weights):
    found = checked(np.array(weights), samples=2, outputs=3)
    assert found.dtype == np.float64
    assert found.tolist() == weights


@pytest.mark.parametrize("shape", [(2,), (4,), (1, 3), (3, 1), (3, 2), (2, 3, 1), ()])
def test_another_shape_is_refused_and_not_broadcast(shape):
    with pytest.raises(InputError) as caught:
        checked(np.ones(shape), samples=2, outputs=3)
    assert caught.value.key == "weights"
    assert caught.value.found == f"found weights of shape {list(shape)}"
    assert caught.value.instead == "Give [3] (shared) or [2, 3] (per sample)"


@pytest.mark.parametrize("bad", [-0.25, np.nan, np.inf])
def test_the_first_bad_weight_is_named_with_its_place(bad):
    shared = np.array([1.0, bad, bad])
    with pytest.raises(InputError) as caught:
        checked(shared, samples=2, outputs=3)
    assert caught.value.found == f"found {bad} at output 1, and 1 more such values"
    rows = np.ones((2, 3))
    rows[1, 2] = bad
    with pytest.raises(InputError) as caught:
        checked(rows, samples=2, outputs=3)
    assert caught.value.found == f"found {bad} at sample 1 output 2, and 0 more such values"
    assert caught.value.instead == "Give finite weights >= 0; 0 leaves a value out"


@pytest.mark.parametrize("shape", [(3,), (2, 3)])
def test_all_zero_weights_are_refused(shape):
    with pytest.raises(InputError) as caught:
        checked(np.zeros(shape), samples=2, outputs=3)
    assert str(caught.value) == "weights: all weights are 0. Give at least one weight above 0"


@pytest.mark.parametrize("weights", [np.array(["a", "b", "c"]), np.array([1j, 1, 1])])
def test_what_is_no_real_number_is_refused(weights):
    with pytest.raises(InputError, match="found weights of type"):
        checked(weights, samples=2, outputs=3)


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
