import numpy as np
import pytest
from scipy import stats

from harness.errors import InputError
from harness.statistics.over_folds import over_folds


def drawn(rng, seeds, folds, by_seed, by_fold, both, shared=0.0):
    """Differences of mean 0; shared: the correlation of two folds."""
    common, own = shared**0.5 * rng.normal(), (1 - shared) ** 0.5 * rng.normal(size=(1, folds))
    return by_seed * rng.normal(size=(seeds, 1)) + by_fold * (common + own) + both * rng.normal(size=(seeds, folds))


def test_where_seeds_do_nothing_it_is_the_corrected_resampled_t():
    """Nadeau and Bengio's formula on the values of the folds, by hand."""
    by_fold = np.array([0.3, 0.5, 0.1, 0.4])
    found = over_folds(np.tile(by_fold, (3, 1)), overlap=0.25, confidence=0.9)
    error = np.sqrt((1 / 4 + 0.25) * by_fold.var(ddof=1))
    assert found.mean == pytest.approx(0.325)
    assert found.low == pytest.approx(0.325 - stats.t.ppf(0.95, 3) * error)
    assert found.high == pytest.approx(0.325 + stats.t.ppf(0.95, 3) * error)
    assert found.p_value == pytest.approx(2 * stats.t.sf(0.325 / error, 3))
    assert (found.seed, found.both) == (0, pytest.approx(0, abs=1e-12))
    assert found.fold == pytest.approx(by_fold.std(ddof=1))


def test_where_folds_do_nothing_it_is_students_t_over_seeds():
    by_seed = np.array([0.3, -0.5, 0.1, 0.4])
    found = over_folds(np.tile(by_seed[:, None], (1, 3)), overlap=0.25, confidence=0.95)
    assert found.p_value == pytest.approx(stats.ttest_1samp(by_seed, 0).pvalue)
    assert found.seed == pytest.approx(by_seed.std(ddof=1))


def test_the_parts_by_hand():
    """Two seeds, two folds: what is left is a quarter of the double difference, squared."""
    found = over_folds(np.array([[1.0, 4.0], [2.0, 9.0]]), overlap=0, confidence=0.95)
    left = (1 - 4 - 2 + 9) ** 2 / 4
    assert found.both == pytest.approx(left**0.5)
    assert found.seed == pytest.approx((3**2 / 2 - left / 2) ** 0.5)
    assert found.fold == pytest.approx((5**2 / 2 - left / 2) ** 0.5)


def test_the_parts_that_are_planted_come_back():
    rng = np.random.default_rng(0)
    found = [over_folds(drawn(rng, 8, 6, 1.0, 2.0, 0.5), overlap=0, confidence=0.95) for _ in range(500)]
    assert np.mean([(each.seed**2, each.fold**2, each.both**2) for each in found], axis=0) == pytest.approx(
        [1, 4, 0.25], rel=0.1
    )


@pytest.mark.parametrize(("seeds", "folds"), [(3, 3), (10, 5)])
@pytest.mark.parametrize("parts", [(1, 1, 1), (0, 1, 0.1), (1, 0, 1)])
def test_its_level_holds_where_folds_are_correlated(seeds, folds, parts):
    """As strongly as the correction takes them to be; without it up to 20 % are claimed."""
    rng, overlap, sweeps = np.random.default_rng(1), 0.5, 1500
    shared = overlap / (1 + overlap)
    found = [drawn(rng, seeds, folds, *parts, shared) for _ in range(sweeps)]
    claimed = np.mean([over_folds(each, overlap=overlap, confidence=0.95).p_value < 0.05 for each in found])
    assert claimed <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / sweeps)


def test_no_spread_leaves_nothing_to_chance():
    found = over_folds(np.full((2, 3), 0.5), overlap=0.3, confidence=0.95)
    assert (found.low, found.high, found.p_value) == (0.5, 0.5, 0.0)
    assert over_folds(np.zeros((2, 3)), overlap=0.3, confidence=0.95).p_value == 1.0


@pytest.mark.parametrize(("shape", "told"), [((2, 1), "fold"), ((1, 2), "one seed")])
def test_what_has_no_sample_is_refused(shape, told):
    with pytest.raises(InputError, match=told):
        over_folds(np.zeros(shape), overlap=0, confidence=0.95)
