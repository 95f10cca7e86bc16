"""Shares by hand: two samples, two outputs."""

import numpy as np
import pytest

from harness.losses.sample_effect import share_kept


@pytest.mark.parametrize(
    ("weights", "share"),
    [
        ([[1, 2], [3, 6]], 0),
        # The mean row is (2, 2), factors are 1 and 1: nothing is lost.
        ([[1, 3], [3, 1]], 1),
        # The mean row is (2, 1), factors are 2/3 and 4/3; departures are (-1, 0) and (1, 0), what is left of them
        # (1 - 4/3, 1 - 2/3) and (3 - 8/3, 1 - 4/3): 4/9 of 2.
        ([[1, 1], [3, 1]], 2 / 9),
        # A row of zeros does not count.
        ([[1, 1], [3, 1], [0, 0]], 2 / 9),
        ([[1, 2], [1, 2]], 1),
    ],
)
@pytest.mark.parametrize("scale", [1, 1e300, 1e-300])
def test_shares_by_hand(weights, share, scale):
    assert share_kept(scale * np.array(weights, float)) == pytest.approx(share, abs=1e-12)


def test_equal_rows_that_rounding_tells_apart_say_nothing_of_samples():
    row = np.random.default_rng(0).uniform(size=100)
    rows = np.tile(row, (1000, 1)) / np.tile(row, (1000, 1)).mean()
    assert share_kept(rows) == 1
