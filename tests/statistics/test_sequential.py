import numpy as np
import pytest
from scipy.special import ndtr

from harness.statistics.sequential import FIRST, HALF, all_looks, looks, nominal_level, sequential_p


def walks(count):
    """P-values, two-sided, at every look, of means that are 0: [looks, count]; the draws are NumPy's, in float64."""
    rng, sizes = np.random.default_rng(0), np.array(all_looks())
    steps = np.diff([0, *sizes])
    sums = np.cumsum(rng.normal(size=(count, len(sizes))) * np.sqrt(steps), axis=1)
    return 2 * ndtr(-np.abs(sums / np.sqrt(sizes))).T


@pytest.mark.parametrize("level", [0.05, 0.01])
def test_a_true_mean_is_ever_rejected_in_the_share_that_is_spent_by_then(level):
    nominal = np.array([nominal_level(level, look) for look in range(len(all_looks()))])
    crossed = np.logical_or.accumulate(walks(400_000) < nominal[:, None], axis=0).mean(axis=1)
    spent = [level * size**2 / (size**2 + HALF**2) for size in all_looks()]
    np.testing.assert_allclose(crossed, spent, rtol=0.04)


def test_the_first_look_spends_its_share_and_no_more():
    assert nominal_level(0.05, 0) == pytest.approx(0.05 * FIRST**2 / (FIRST**2 + HALF**2), rel=1e-3)


def test_p_is_below_a_level_where_a_look_has_crossed_its_boundary():
    p_values = walks(2000)
    for level in (0.05, 0.02, 0.001):
        nominal = np.array([nominal_level(level, look) for look in range(len(p_values))])
        margin = np.abs(np.log(p_values / nominal[:, None])).min(axis=0) > 1e-6
        crossed = (p_values < nominal[:, None]).any(axis=0)
        np.testing.assert_array_equal((sequential_p(p_values) < level)[margin], crossed[margin])


def test_p_never_rises_from_look_to_look():
    p_values = walks(500)
    by_look = np.array([sequential_p(p_values[:count]) for count in range(1, len(p_values) + 1)])
    assert (np.diff(by_look, axis=0) <= 0).all()
    assert (by_look <= 1).all()


def test_looks_do_not_depend_on_how_many_there_will_be():
    assert looks(5) == []
    assert looks(6) == [6]
    assert looks(20) == [6, 8, 11, 15, 20]
    assert all(looks(size) == [each for each in looks(200) if each <= size] for size in range(200))
