import numpy as np
import pytest

from harness.spec import RowWindows

RNG = np.random.default_rng(0)
ROWS, STARTS, LENGTH = RNG.normal(size=(30, 3)), np.array([0, 4, 5, 20, 25]), 5
WINDOWS = RowWindows(ROWS, STARTS, LENGTH)
WHOLE = np.stack([ROWS[start : start + LENGTH] for start in STARTS])


@pytest.mark.parametrize(
    "key",
    [
        np.s_[:],
        np.s_[1:3],
        np.s_[2],
        np.s_[:, -1:, :],
        np.s_[:, -1:, 1],
        np.s_[:, :, 2],
        np.s_[:, -1 - 3, 0],
        np.s_[[3, 0], :, 1],
        np.s_[0, 0, 0],
    ],
)
def test_it_is_indexed_like_the_array(key):
    np.testing.assert_array_equal(WINDOWS[key], WHOLE[key])


def test_it_has_the_shape_of_the_array():
    assert (WINDOWS.shape, WINDOWS.ndim, len(WINDOWS)) == (WHOLE.shape, 3, 5)
    np.testing.assert_array_equal(np.asarray(WINDOWS), WHOLE)


def test_windows_of_single_values():
    windows = RowWindows(ROWS[:, 0], STARTS, LENGTH)
    assert windows.shape == (5, 5)
    np.testing.assert_array_equal(np.asarray(windows), WHOLE[:, :, 0])
    np.testing.assert_array_equal(windows[1:, 2], WHOLE[1:, 2, 0])
