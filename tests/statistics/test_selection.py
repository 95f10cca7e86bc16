import numpy as np
import pytest

from harness.errors import InputError
from harness.statistics.selection import expected_optimism

# Of so many standard normal values the largest is expected at this (Harter 1961, Biometrika 48).
LARGEST_OF = {2: 0.56419, 3: 0.84628, 5: 1.16296, 20: 1.86748}


def luck(seeds, variants, seed=0):
    """[seeds, variants] with residuals of variance 1 / seeds of a mean, and with all means equal."""
    drawn = np.random.default_rng(seed).normal(size=(seeds, variants))
    drawn -= drawn.mean(axis=0)
    residuals = drawn - drawn.mean(axis=1, keepdims=True)
    return residuals / np.sqrt((residuals**2).sum() / ((seeds - 1) * (variants - 1)))


def optimism(chosen_by, scores, resamples=40_000):
    return expected_optimism(chosen_by, scores, resamples=resamples, rng=np.random.default_rng(0))


@pytest.mark.parametrize("variants", LARGEST_OF)
def test_equal_variants_chosen_by_the_scores_themselves(variants):
    scores = luck(9, variants)
    assert optimism(scores, scores) == pytest.approx(LARGEST_OF[variants] / 3, rel=0.02)


def test_luck_that_is_another_on_validation_costs_nothing():
    """Residuals that share nothing: the second half of a Latin square of signs."""
    signs = np.array([[1.0, -1, 0], [-1, 0, 1], [0, 1, -1]])
    other = np.array([[1.0, 1, -2], [-2, 1, 1], [1, -2, 1]]) / 3**0.5
    assert (signs * other).sum() == pytest.approx(0)
    assert optimism(signs, other) == pytest.approx(0, abs=0.01)


def test_what_a_seed_does_to_all_variants_alike_is_no_luck():
    scores = luck(9, 5)
    shifted = scores + 10 * np.arange(9.0)[:, None]
    assert optimism(shifted, shifted) == pytest.approx(optimism(scores, scores))


def test_a_clear_winner_is_not_lucky():
    scores = luck(9, 5) + np.array([0, 100, 200, 300, 400])
    assert optimism(scores, scores) == pytest.approx(0, abs=0.01)


def test_two_of_five_that_compete():
    """The others are far: of two equal ones the lower lies 0.5642 standard errors below its truth."""
    scores = luck(9, 5) + np.array([0, 0, 300, 300, 300])
    assert optimism(scores, scores) == pytest.approx(LARGEST_OF[2] / 3, rel=0.05)


def test_it_scales_with_the_unit():
    scores = luck(4, 3)
    assert optimism(1000 * scores, 1000 * scores) == pytest.approx(1000 * optimism(scores, scores))


def test_one_variant_is_no_choice():
    assert optimism(luck(4, 2)[:, :1], luck(4, 2)[:, :1]) == 0


@pytest.mark.filterwarnings("error")
def test_no_spread_is_no_luck():
    assert optimism(np.ones((3, 4)), np.ones((3, 4))) == 0


def test_one_seed():
    with pytest.raises(InputError, match="Expected shrinkages need two seeds or more"):
        optimism(np.ones((1, 3)), np.ones((1, 3)))
