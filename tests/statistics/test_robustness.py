import numpy as np
import pytest

from harness.statistics.robustness import leave_one_out


def test_a_winner_by_one_row():
    """Sums 3, 4, 5; without the last row 3, 2, 4."""
    scores = np.array([[1.0, 1, 2], [2, 1, 2], [0, 2, 1]])
    assert leave_one_out(scores) == [0, 0, 1]


def test_a_winner_throughout():
    assert leave_one_out(np.array([[2.0, 1], [2, 1]])) == [1, 1]


def test_equals_go_to_the_first():
    assert leave_one_out(np.full((3, 2), 0.1)) == [0, 0, 0]


@pytest.mark.parametrize("shape", [(1, 3), (3,)])
def test_one_row(shape):
    with pytest.raises(ValueError, match="two rows or more"):
        leave_one_out(np.ones(shape))
