import numpy as np
import pytest

from harness.errors import InputError
from harness.statistics.ranks import compare_ranks


def test_ranks_and_friedman_by_hand():
    """Ranks 123, 123, 213, 132: sums 5, 8, 11; 12 / (4 3 4) (25 + 64 + 121) - 3 4 4 = 4.5; p = exp(-4.5 / 2)."""
    scores = np.array([[1.0, 2, 3], [10, 20, 30], [0.2, 0.1, 0.3], [5, 7, 6]])
    found = compare_ranks(scores, level=0.05)
    assert found.mean_ranks.tolist() == [1.25, 2, 2.75]
    assert found.p_value == pytest.approx(np.exp(-4.5 / 2))


@pytest.mark.parametrize(
    ("variants", "level", "q"), [(3, 0.05, 2.343), (5, 0.05, 2.728), (10, 0.05, 3.164), (4, 0.1, 2.291)]
)
def test_the_critical_difference_is_demsars(variants, level, q):
    """q from table 5(a) of Demšar 2006; CD = q sqrt(k (k + 1) / (6 N))."""
    scores = np.random.default_rng(0).normal(size=(14, variants))
    expected = q * np.sqrt(variants * (variants + 1) / (6 * 14))
    assert compare_ranks(scores, level=level).critical_difference == pytest.approx(expected, rel=1e-3)


def test_equal_scores_share_their_rank():
    found = compare_ranks(np.array([[1.0, 1, 2], [1, 2, 2]]), level=0.05)
    assert found.mean_ranks.tolist() == [1.25, 2, 2.75]


def test_cliques():
    """Always in one order, 14 times: ranks 1 to 5, and 2.728 sqrt(30 / 84) = 1.63 tells apart two steps, not one."""
    scores = np.tile([3.0, 1, 2, 5, 4], (14, 1))
    found = compare_ranks(scores, level=0.05)
    assert found.cliques == [(1, 2), (2, 0), (0, 4), (4, 3)]


def test_cliques_within_larger_ones_are_left_out():
    """8 times: 2.728 sqrt(30 / 48) = 2.16."""
    scores = np.tile([1.0, 2, 3, 4, 5], (8, 1))
    assert compare_ranks(scores, level=0.05).cliques == [(0, 1, 2), (1, 2, 3), (2, 3, 4)]


def test_a_variant_alone_is_no_clique():
    """Ranks 1, 3, 3, 3 on average over 14: 2.569 sqrt(20 / 84) = 1.25."""
    others = np.array([[2.0, 3, 4], [3, 4, 2], [4, 2, 3]])
    scores = np.column_stack([np.ones(15), np.tile(others, (5, 1))])
    assert compare_ranks(scores, level=0.05).cliques == [(1, 2, 3)]


def test_without_friedman_nobody_is_told_apart():
    """p = exp(-2.25) = 0.105."""
    scores = np.array([[1.0, 2, 3], [10, 20, 30], [0.2, 0.1, 0.3], [5, 7, 6]])
    assert compare_ranks(scores, level=0.1).cliques == [(0, 1, 2)]


@pytest.mark.filterwarnings("error")
def test_all_tied():
    found = compare_ranks(np.ones((3, 3)), level=0.05)
    assert found.p_value == 1
    assert found.cliques == [(0, 1, 2)]


def test_too_few():
    with pytest.raises(InputError, match="got 1 data set"):
        compare_ranks(np.ones((1, 3)), level=0.05)
    with pytest.raises(InputError, match="2 variants were trained on every data set"):
        compare_ranks(np.ones((4, 2)), level=0.05)
