import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from harness.statistics.holm import holm


def test_by_hand():
    """Sorted 0.01, 0.02, 0.4 times 3, 2, 1; and the second rises to the first: 0.03, 0.04, 0.4."""
    assert holm(np.array([0.4, 0.01, 0.02])) == pytest.approx([0.4, 0.03, 0.04])


def test_a_smaller_one_is_never_left_above_a_larger_one():
    """0.3 doubles to 0.6 and 0.5 rises to it."""
    assert holm(np.array([0.5, 0.3])) == pytest.approx([0.6, 0.6])


@pytest.mark.parametrize("count", [1, 5, 40])
def test_as_statsmodels(count):
    p = np.random.default_rng(count).uniform(size=count) ** 3
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])


def test_none():
    assert holm(np.array([])).shape == (0,)
