from itertools import combinations

import numpy as np
import pytest

from harness.statistics.all_pairs import all_pairs, shares

MARGIN = 1.0


def places(variants):
    return np.array(list(combinations(range(variants), 2))).T


def corrected(given, variants):
    """given: {(first, second): (p of a difference, p of one of the margin or more)}; all others have 1."""
    first, second = places(variants)
    p_values = np.ones((len(first), 2))
    for pair, (a, b) in enumerate(zip(first, second, strict=True)):
        p_values[pair] = given.get((a, b), (1, 1))
    return {
        (int(a), int(b)): tuple(row)
        for a, b, row in zip(first, second, all_pairs(p_values, first, second), strict=True)
    }


def matrix(rng, pairs, variants, odds):
    """Symmetric, true for a random part of the pairs."""
    known = np.zeros((variants, variants), bool)
    for a, b in pairs:
        known[a, b] = known[b, a] = rng.random() < odds
    return known


def test_one_pair_is_not_corrected():
    assert corrected({(0, 1): (0.2, 0.04)}, 2)[0, 1] == pytest.approx((0.2, 0.04))


def test_what_is_first_is_multiplied_by_the_number_of_pairs():
    found = corrected({(0, 1): (0.001, 1), (1, 2): (1, 0.002)}, 4)
    assert found.pop((0, 1)) == pytest.approx((0.006, 1))
    assert found.pop((1, 2)) == pytest.approx((1, 0.012))
    assert set(found.values()) == {(1, 1)}


def test_two_that_are_equivalent_to_a_third_have_a_larger_share():
    """Three pairs. Known: 0 and 1, 1 and 2. Of each, half a share is free for 0 and 2, which have 2 of 3: p 3 / 2."""
    found = corrected({(0, 1): (1, 0.001), (1, 2): (1, 0.002), (0, 2): (1, 0.02)}, 3)
    assert found[0, 1] == pytest.approx((1, 0.003))
    assert found[1, 2] == pytest.approx((1, 0.006))
    assert found[0, 2] == pytest.approx((1, 0.03))


def test_of_five_the_last_pair_has_four_tenths():
    """Of six pairs with one of the three between, half a share each: 1 + 6 / 2 of 10."""
    given = {(a, b): (1, 1e-4) for a, b in combinations(range(5), 2)}
    assert corrected({**given, (0, 4): (1, 0.01)}, 5)[0, 4] == pytest.approx((1, 0.025))


def test_p_is_never_below_that_of_a_claim_made_before():
    found = corrected({(0, 1): (1, 0.01), (1, 2): (1, 0.01), (0, 2): (1, 0.0101)}, 3)
    assert found[0, 2] == found[1, 2] == pytest.approx((1, 0.03))


def test_none():
    assert all_pairs(np.empty((0, 2)), np.array([], int), np.array([], int)).shape == (0, 2)


@pytest.mark.parametrize("variants", [2, 3, 4, 5, 8])
def test_shares_of_what_would_be_wrong_sum_to_one_at_most(variants):
    """Whatever the means, and whatever is known that is so: the condition by which the level holds."""
    rng, pairs = np.random.default_rng(variants), list(combinations(range(variants), 2))
    largest = 0.0
    for _ in range(3000):
        # Few places on the line, so that variants are equal, or the margin apart, or between.
        means = rng.choice([0, 0.3, 0.5, 1.0, 1.4, 2.0], size=variants, p=rng.dirichlet(np.ones(6) / 2))
        apart = np.abs(means[:, None] - means)
        known = matrix(rng, pairs, variants, rng.choice([0.5, 0.9, 1])) & (apart < MARGIN)
        equivalent = shares(known, pairs=len(pairs))
        wrong = 0.0
        for pair in pairs:
            # A claimed difference has 1 / pairs, of two sides.
            wrong += equivalent[pair] if apart[pair] >= MARGIN else (0.5 if apart[pair] else 1) / len(pairs)
        largest = max(largest, wrong)
    assert 0.99 < largest <= 1 + 1e-12


@pytest.mark.parametrize("variants", [3, 6])
def test_what_becomes_known_makes_no_share_smaller(variants):
    rng, pairs = np.random.default_rng(variants), list(combinations(range(variants), 2))
    for _ in range(500):
        known = matrix(rng, pairs, variants, rng.random())
        more = known | matrix(rng, pairs, variants, 0.2)
        grown = shares(more, pairs=len(pairs)) - shares(known, pairs=len(pairs))
        assert (grown >= -1e-12)[~more & ~np.eye(variants, dtype=bool)].all()
