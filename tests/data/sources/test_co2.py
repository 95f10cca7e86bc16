import numpy as np
import pytest
from small_series import SERIES_FRAMING

from harness.data.dataset import source_of
from harness.data.scaling import predictions, targets
from harness.data.sources.co2 import co2


@pytest.fixture(scope="module")
def data():
    own = {"lookback": 104, "outputs": 100, "split": [0.7, 0.1, 0.2], "missing": "last"}
    more = {"normalise": "last_value", "season": 52, "unit": "ppm"}
    return source_of(co2, SERIES_FRAMING | own | more).dataset(fold=0)


def test_shapes(data):
    # 2,284 weeks; borders at 1,599 and 1,827.
    assert data.train.samples == 2284 - 204 + 1
    assert data.train.x.shape == (796, 104, 1)
    assert data.validation.y.shape == (1827 - 1599 - 99, 100)
    assert data.test.y.shape == (2284 - 1827 - 99, 100)
    assert (data.target, data.season, data.unit) == (0, 52, "ppm")


def test_the_weeks_that_were_not_measured_are_no_targets(data):
    from statsmodels.datasets import co2 as source

    weeks = source.load_pandas().data["co2"].to_numpy()
    for part in (data.train, data.validation, data.test):
        np.testing.assert_array_equal(part.y, weeks[104 + part.index[:, None] + np.arange(100)])
    measured = [not np.isnan(weeks[start + 104 : start + 204]).any() for start in range(1599 - 203)]
    assert data.notes == (
        "data.missing=last fills 59 missing values of the histories from the past alone, and leaves out "
        f"{1396 - sum(measured)} of 1396 train, 0 of 129 validation and 0 of 358 test windows, whose targets hold a "
        "missing value or whose history starts before the first known value",
    )
    # Windows are counted on over those that are left out.
    np.testing.assert_array_equal(data.train.index, np.flatnonzero(measured))


def test_whole_and_plausible(data):
    for part in (data.train, data.validation, data.test):
        assert np.isfinite(part.x).all()
        assert 310 < part.y.min() < part.y.max() < 380


def test_persistence_has_the_known_error(data):
    error = data.test.y - data.test.x[:, -1:, 0]
    assert np.sqrt(np.mean(error**2)) == pytest.approx(3.8, abs=0.05)


def test_the_way_back(data):
    back = predictions(data.scaling, data.test.x, targets(data.scaling, data.test.x, data.test.y))
    np.testing.assert_allclose(back, data.test.y, atol=1e-5)
