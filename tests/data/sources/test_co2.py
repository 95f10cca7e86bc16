import numpy as np
import pytest

from harness.data.dataset import source_of
from harness.data.scaling import predictions, targets
from harness.data.sources.co2 import co2


@pytest.fixture(scope="module")
def data():
    keys = {
        "lookback": 104,
        "outputs": 100,
        "stride": 1,
        "split": [0.7, 0.1, 0.2],
        "train_span": "grow",
        "missing": "interpolate",
        "normalise": "last_value",
        "season": 52,
        "unit": "ppm",
    }
    return source_of(co2, keys).dataset(fold=0)


def test_shapes(data):
    # 2,284 weeks; borders at 1,599 and 1,827.
    assert data.train.samples == 2284 - 204 + 1
    assert data.train.x.shape == (1599 - 203, 104, 1)
    assert data.validation.y.shape == (1827 - 1599 - 99, 100)
    assert data.test.y.shape == (2284 - 1827 - 99, 100)
    assert (data.target, data.season, data.unit) == (0, 52, "ppm")


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
