import numpy as np
import pytest

from harness.errors import InputError
from harness.statistics.decide import Verdict, decide
from harness.statistics.pair_test import compare_pair
from tests.statistics.decisions import (
    LEVEL,
    at_the_margin,
    is_wrong,
    last_is_equivalent,
    last_is_worse,
    rates,
    scores_of,
    sweep,
)

BY_LOOKS = {"confidence": 0.95, "margin": 0.01, "lower_is_better": True, "by_looks": True}


def scores(*means, seeds=20, deviation=0.002):
    rng = np.random.default_rng(1)
    return np.array(means)[:, None] + deviation * rng.normal(size=(len(means), seeds)) + rng.normal(size=seeds) * 0.1


def test_the_worse_one_is_beaten_and_the_other_is_equivalent():
    found = decide(scores(1.0, 1.0, 1.05), **BY_LOOKS)
    assert found.leader in (0, 1)
    assert found.beaten == {2}
    assert found.to_leader(Verdict.WORSE) == [2]
    assert found.to_leader(Verdict.EQUIVALENT) == [1 - found.leader]
    assert found.decided


def test_where_higher_is_better_the_lower_one_is_beaten():
    found = decide(scores(1.0, 1.05), **{**BY_LOOKS, "lower_is_better": False})
    assert (found.leader, found.beaten) == (1, {0})


def test_noise_leaves_all_open():
    found = decide(scores(1.0, 1.0, deviation=0.2), **BY_LOOKS)
    assert found.to_leader(Verdict.OPEN) == [1 - found.leader]
    assert not found.decided
    (pair,) = found.pairs
    assert pair.low < 0 < pair.high
    assert pair.needed is not None
    assert pair.needed > pair.seeds


def test_a_variant_that_stopped_is_compared_on_the_seeds_that_both_have():
    whole = scores(1.0, 1.0, 1.05)
    stopped = whole.copy()
    stopped[2, 6:] = np.nan
    pairs = {(pair.a, pair.b): pair for pair in decide(stopped, **BY_LOOKS).pairs}
    assert [pairs[place].seeds for place in ((0, 1), (0, 2), (1, 2))] == [20, 6, 6]
    expected = np.mean(whole[0, :6] - whole[2, :6]) / np.mean(whole[2, :6])
    assert pairs[0, 2].difference == pytest.approx(expected, rel=1e-12)


def test_what_one_look_has_shown_stays_shown():
    better = scores(1.0, 1.05, seeds=20, deviation=0.003)
    # At six seeds it is plain; later ones that say the contrary do not take it back.
    better[1, 6:] = better[0, 6:]
    early = decide(better[:, :6], **BY_LOOKS).pairs[0]
    late = decide(better, **BY_LOOKS).pairs[0]
    assert early.p_value < LEVEL
    assert late.p_value <= early.p_value


def test_seeds_after_the_last_look_change_no_p_value():
    both = scores(1.0, 1.001, seeds=10)
    assert decide(both, **BY_LOOKS).pairs[0].p_value == decide(both[:, :8], **BY_LOOKS).pairs[0].p_value


def test_looking_costs_some_power():
    both = scores(1.0, 1.002, seeds=20)
    by_looks, once = (
        compare_pair(both, confidence=0.95, margin=0.01, by_looks=by_looks).p_value for by_looks in (True, False)
    )
    assert by_looks > once


def test_fewer_seeds_than_the_first_look_are_refused():
    with pytest.raises(InputError, match=r"sweep\.max_seeds: 5 seeds in common\. The first look is at 6"):
        compare_pair(scores(1.0, 1.0, seeds=5), confidence=0.95, margin=0.01, by_looks=True)


def test_without_a_margin_nothing_is_equivalent():
    found = decide(scores(1.0, 1.0), **{**BY_LOOKS, "margin": None})
    assert found.to_leader(Verdict.EQUIVALENT) == []


def test_a_variant_without_a_score_is_in_no_pair():
    some = scores(1.0, 1.05, 1.0)
    some[2] = np.nan
    found = decide(some, **BY_LOOKS)
    assert [(pair.a, pair.b) for pair in found.pairs] == [(0, 1)]
    assert found.leader == 0


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["normal", "exponential", "t3"])
def test_whenever_it_stops_a_sweep_of_equals_claims_a_difference_in_at_most_the_level(kind):
    rng, means, wrong, sweeps = np.random.default_rng(3), np.ones(5), 0, 250
    for _ in range(sweeps):
        wrong += any(is_wrong(found, means) for found, _ in sweep(scores_of(rng, kind, means, 0.03)))
    # Two standard errors above the level.
    assert wrong / sweeps <= LEVEL + 2 * np.sqrt(LEVEL * (1 - LEVEL) / sweeps)


@pytest.mark.slow
@pytest.mark.parametrize("halfway", [0.0, 0.5])
def test_what_differs_by_the_margin_is_called_equivalent_in_at_most_the_level(halfway):
    """Also where all other pairs are equivalent, so that this one's share is the largest."""
    rng, means, sweeps = np.random.default_rng(5), at_the_margin(5, halfway), 250
    wrong, _, _ = rates(rng, "normal", means, 0.006, lambda _: False, sweeps)
    assert wrong <= LEVEL + 2 * np.sqrt(LEVEL * (1 - LEVEL) / sweeps)


@pytest.mark.slow
@pytest.mark.parametrize("variants", [2, 5])
def test_a_planted_difference_is_found_and_a_small_one_is_equivalent(variants):
    rng, last = np.random.default_rng(4), np.arange(variants) == variants - 1
    _, found, _ = rates(rng, "normal", 1 + 0.02 * last, 0.03, last_is_worse, 100)
    assert found >= 0.8
    _, found, _ = rates(rng, "normal", 1 + 0.002 * last, 0.0125, last_is_equivalent, 100)
    assert found >= 0.8
