import io

import numpy as np
from matplotlib.image import imread

from harness.plots.drawing import write_picture
from harness.plots.trial import error_by_output


def _figure():
    rmse = np.linspace(1, 2, 10)
    return error_by_output(rmse, {"persistence": rmse + 1, "seasonal_naive": 3 - rmse}, "ppm")


def test_a_picture_is_the_one_that_savefig_writes_to_the_pixel(tmp_path):
    expected = io.BytesIO()
    _figure().savefig(expected)
    write_picture(_figure(), tmp_path / "picture.png")
    expected.seek(0)
    np.testing.assert_array_equal(imread(tmp_path / "picture.png"), imread(expected))
