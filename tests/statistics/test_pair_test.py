import numpy as np
import pytest
from scipy import stats

from harness.statistics.comparison import compare
from harness.statistics.pair_test import compare_pair, pair_tests
from harness.statistics.sequential import looks, sequential_p


def scores(*differences, seeds=20):
    """[2, seeds] each: a pair with this mean difference."""
    rng = np.random.default_rng(2)
    drawn = [1 + 0.01 * rng.lognormal(size=(2, seeds)) for _ in differences]
    return [each + shift(difference) for each, difference in zip(drawn, differences, strict=True)]


def shift(difference):
    """Of the first of a pair."""
    return np.array([[difference], [0]])


def test_many_pairs_at_once_are_those_of_compare():
    both = [*scores(0.0, -0.01, 0.02), scores(0.005)[0][:, :7]]
    tested = pair_tests(both, margin=0.01, by_looks=False)
    one_by_one = [compare(each[::-1].T, reference=0, confidence=0.95, margin=0.01)[0] for each in both]
    assert tested.different == pytest.approx([each.p_value for each in one_by_one], rel=1e-12)
    assert tested.equivalent == pytest.approx([each.p_equivalent for each in one_by_one], rel=1e-12)
    assert list(tested.lower) == [each.mean < 0 for each in one_by_one]


def test_by_looks_each_pair_has_those_that_its_seeds_reach():
    both = [scores(0.003)[0], scores(0.003)[0][:, :9]]
    tested = pair_tests(both, margin=0.01, by_looks=True)
    for place, sizes in enumerate((looks(20), looks(9))):
        at_looks = [compare(both[place][::-1, :size].T, reference=0, confidence=0.95, margin=0.01)[0] for size in sizes]
        assert len({each.mean > 0 for each in at_looks}) == 1
        different = sequential_p(np.array([each.p_value for each in at_looks]))
        equivalent = sequential_p(np.array([min(1, 2 * each.p_equivalent) for each in at_looks])) / 2
        assert tested.different[place] == pytest.approx(float(different), rel=1e-12)
        assert tested.equivalent[place] == pytest.approx(float(equivalent), rel=1e-12)


def test_which_one_is_lower_is_what_the_look_says_that_shows_most():
    (both,) = scores(-0.1)
    # Six seeds show it; with all of them the mean lies on the other side, and shows nothing.
    both[0, 10] += 5
    tested = pair_tests([both], margin=None, by_looks=True)
    assert both[0].mean() > both[1].mean()
    assert tested.lower[0]
    assert tested.different[0] < 0.05
    assert np.isnan(tested.equivalent[0])


@pytest.mark.filterwarnings("error")
def test_pairs_that_do_not_vary():
    both = np.ones((2, 8))
    tested = pair_tests([both, both + shift(0.001), both + shift(0.5)], margin=0.01, by_looks=False)
    np.testing.assert_array_equal(tested.different, [1, 0, 0])
    np.testing.assert_array_equal(tested.equivalent, [0, 0, 1])


def test_two_one_sided_tests_of_few_seeds_are_students():
    (both,) = scores(0.002, seeds=5)
    tested = pair_tests([both], margin=0.01, by_looks=False)
    differences, size = both[0] - both[1], 0.01 * both[1].mean()
    sides = [
        stats.ttest_1samp(differences, -size, alternative="greater").pvalue,
        stats.ttest_1samp(differences, size, alternative="less").pvalue,
    ]
    assert tested.equivalent[0] == pytest.approx(max(sides), rel=1e-10)


@pytest.mark.parametrize("by_looks", [True, False])
def test_one_pair_with_its_interval(by_looks):
    (both,) = scores(0.01)
    found = compare_pair(both, confidence=0.95, margin=0.01, by_looks=by_looks)
    tested = pair_tests([both], margin=0.01, by_looks=by_looks)
    assert (found.p_value, found.p_equivalent) == (tested.different[0], tested.equivalent[0])
    assert found.low < np.mean(both[0] - both[1]) < found.high
