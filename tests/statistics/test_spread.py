import numpy as np
import pytest

from harness.statistics.power import seeds_for, seeds_for_spread
from harness.statistics.spread import pooled_spread


def scores(seeds, deviations, rng):
    """[seeds, variants] with the luck of a seed in common."""
    return rng.normal(size=(seeds, 1)) + rng.normal(size=(seeds, len(deviations))) * deviations


def test_it_is_the_mean_square_of_a_two_way_layout():
    some = scores(5, [1.0, 1.0, 1.0], np.random.default_rng(0))
    # By regression on indicators of seeds and variants, in float64.
    seed, variant = np.indices(some.shape)
    design = np.column_stack([*(seed.ravel() == s for s in range(5)), *(variant.ravel() == v for v in range(1, 3))])
    _, (square,), rank, _ = np.linalg.lstsq(design.astype(float), some.ravel(), rcond=None)
    found = pooled_spread(some)
    assert found.free == some.size - rank == 8
    assert found.deviation == pytest.approx(np.sqrt(2 * square / 8), rel=1e-10)


def test_of_two_variants_it_is_the_deviation_of_their_differences():
    some = scores(9, [1.0, 3.0], np.random.default_rng(1))
    found = pooled_spread(some)
    assert (found.deviation, found.free) == (pytest.approx(np.std(some[:, 0] - some[:, 1], ddof=1), rel=1e-12), 8)


def test_spreads_that_differ_are_not_pooled():
    rng = np.random.default_rng(2)
    assert pooled_spread(scores(20, [1.0, 1.0, 1.0, 1.0, 1.0, 5.0], rng)) is None
    assert pooled_spread(scores(20, np.ones(6), rng)) is not None


def test_one_seed_or_one_variant_has_none():
    assert pooled_spread(np.ones((1, 3))) is None
    assert pooled_spread(np.ones((3, 1))) is None


def test_two_seeds_of_eight_variants_plan_within_a_factor_of_two_of_what_is_true():
    rng, plan = np.random.default_rng(3), {"comparisons": 7, "level": 0.05, "power": 0.8}
    true = seeds_for(np.sqrt(2) * rng.normal(size=100_000), 1.0, **plan)
    alone, pooled = [], []
    for _ in range(60):
        some = scores(2, np.ones(8), rng)
        found = pooled_spread(some)
        pooled.append(seeds_for_spread(found.deviation, found.free, 1.0, **plan))
        alone.append(seeds_for(some[:, 1] - some[:, 0], 1.0, **plan))
    assert true / 2 <= np.median(pooled) <= 2 * true
    assert np.median(alone) > 5 * true
