import numpy as np

from harness.weights.schemes.arctan import arctan


def test_from_one_down_to_what_is_left_of_it(split):
    """arctan of 1 and of the square root of 3 are known angles; arctan of 2 and of 3 add up to 3/4 pi."""
    at = split(0, 4, 3)
    weights = arctan(at, at)
    assert weights.shape == (3,)
    np.testing.assert_allclose(weights[0], 1, rtol=1e-15)
    np.testing.assert_allclose(weights[1] + weights[2], 2 + np.pi / 2 - 3 * np.pi / 4, rtol=1e-14)
    far = split(0, 4, 100_000)
    np.testing.assert_allclose(arctan(far, far)[-1], 1 - np.pi / 4, rtol=1e-4)
