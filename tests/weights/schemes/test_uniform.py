import numpy as np
import pytest

from harness.weights.schemes.uniform import uniform


@pytest.mark.parametrize("outputs", [1, 7, 100])
def test_every_output_counts_one(split, outputs):
    at = split(0, 4, outputs)
    np.testing.assert_array_equal(uniform(at, at), [1.0] * outputs)
