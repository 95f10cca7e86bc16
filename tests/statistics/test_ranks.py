import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from harness.errors import InputError
from harness.statistics.ranks import compare_ranks, smallest_p


def test_ranks_and_friedman_by_hand():
    """Ranks 123, 123, 213, 132: sums 5, 8, 11; 12 / (4 3 4) (25 + 64 + 121) - 3 4 4 = 4.5; p = exp(-4.5 / 2)."""
    scores = np.array([[1.0, 2, 3], [10, 20, 30], [0.2, 0.1, 0.3], [5, 7, 6]])
    found = compare_ranks(scores, level=0.05)
    assert found.mean_ranks.tolist() == [1.25, 2, 2.75]
    assert found.p_value == pytest.approx(np.exp(-4.5 / 2))


def test_a_pair_by_hand():
    """Differences of -1, -2, 3 and 0 fourths of the mean: signed ranks -2, -3, 4 beside the tie, in sum -1."""
    scores = np.array([[0.875, 1.125], [0.75, 1.25], [1.375, 0.625], [1, 1]])
    (pair,) = compare_ranks(scores, level=0.05).pairs
    assert (pair.wins, pair.ties, pair.losses) == (2, 1, 1)
    assert pair.difference == pytest.approx(0)
    # No signs of 2, 3 and 4 give a sum of a smaller size.
    assert pair.p_value == 1.0


def test_one_that_is_always_better_has_the_smallest_p_there_is():
    scores = np.column_stack([np.ones(6), np.arange(2.0, 8)])
    found = compare_ranks(scores, level=0.05)
    assert found.pairs[0].p_value == pytest.approx(2 / 2**6)
    assert smallest_p(6, 2) == pytest.approx(2 / 2**6)
    assert smallest_p(6, 4) == pytest.approx(6 * 2 / 2**6)
    assert np.isnan(found.p_value)


def test_units_do_not_matter():
    rng = np.random.default_rng(0)
    scores = 1 + rng.uniform(size=(9, 3))
    by_unit = scores * 10.0 ** np.arange(-4, 5)[:, None]
    one, other = compare_ranks(scores, level=0.05), compare_ranks(by_unit, level=0.05)
    for a, b in zip(one.pairs, other.pairs, strict=True):
        assert (a.p_value, a.corrected) == pytest.approx((b.p_value, b.corrected))
    # SciPy's exact test of the same relative differences, which have no ties.
    relative = 2 * (scores[:, 0] - scores[:, 1]) / (scores[:, 0] + scores[:, 1])
    assert one.pairs[0].p_value == pytest.approx(stats.wilcoxon(relative, method="exact").pvalue)
    assert one.pairs[0].difference == pytest.approx(relative.mean())


def test_p_values_are_corrected_by_holm():
    scores = 1 + np.random.default_rng(1).uniform(size=(10, 4))
    pairs = compare_ranks(scores, level=0.05).pairs
    expected = multipletests([pair.p_value for pair in pairs], method="holm")[1]
    assert [pair.corrected for pair in pairs] == pytest.approx(expected)


def test_equal_scores_share_their_rank():
    found = compare_ranks(np.array([[1.0, 1, 2], [1, 2, 2]]), level=0.05)
    assert found.mean_ranks.tolist() == [1.25, 2, 2.75]


def test_cliques():
    """The two best are always in one order, as are the two last; the third is anywhere among the ones before it."""
    rng = np.random.default_rng(2)
    low = 1 + 0.01 * rng.uniform(size=(16, 3))
    scores = np.column_stack([low + np.array([0, 0, 0.004]), 2 + 0.01 * np.arange(16)])
    found = compare_ranks(scores, level=0.05)
    order = [int(place) for place in np.argsort(found.mean_ranks)]
    assert order[-1] == 3
    told = {(pair.a, pair.b) for pair in found.pairs if pair.corrected < 0.05}
    assert {(0, 3), (1, 3), (2, 3)} <= told
    assert all(3 not in clique for clique in found.cliques)
    for clique in found.cliques:
        assert not {(a, b) for a in clique for b in clique} & told


def test_always_in_one_order_all_are_distinguished():
    scores = np.tile([3.0, 1, 2, 5, 4], (14, 1)) + np.arange(14)[:, None]
    assert compare_ranks(scores, level=0.05).cliques == []


def test_too_few_data_sets_distinguish_nobody():
    scores = np.tile([3.0, 1, 2, 5, 4], (5, 1))
    assert compare_ranks(scores, level=0.05).cliques == [(1, 2, 0, 4, 3)]


@pytest.mark.filterwarnings("error")
def test_all_tied():
    found = compare_ranks(np.ones((3, 3)), level=0.05)
    assert found.p_value == 1
    assert found.cliques == [(0, 1, 2)]


def test_too_few():
    with pytest.raises(InputError, match="got 1 data set"):
        compare_ranks(np.ones((1, 3)), level=0.05)
    with pytest.raises(InputError, match="1 variants were trained on every data set"):
        compare_ranks(np.ones((4, 1)), level=0.05)
