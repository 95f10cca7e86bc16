import csv
from dataclasses import replace

import numpy as np
import pytest

from harness.data.framing import SeriesFraming
from harness.data.windows import cut
from harness.metrics import BUILT_IN
from harness.spec import Series
from harness.trial.by_series import metrics_by_series, write_by_series


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    several = [
        Series(level + rng.normal(size=(rows, 1)), target=0, season=None, unit="m", name=name)
        for name, level, rows in (("low", 0, 40), ("high", 1000, 60))
    ]
    framing = SeriesFraming(
        lookback=3, outputs=2, stride=1, split=[0.5, 0.25, 0.25], train_span="grow", missing="refuse", normalise="none"
    )
    return cut(several, framing, fold=0)


def test_each_series_by_its_own_windows(data):
    test = data.test
    weights = np.array([3.0, 1.0])
    # Off by 1 in the first series and by 10 in the second; a baseline that is right in the first.
    forecast = test.truth + np.where(test.series == 0, 1, 10)[:, None]
    naive = np.where((test.series == 0)[:, None], test.truth, 0)
    rows = metrics_by_series(BUILT_IN, data, {"network": forecast, "persistence": naive}, weights)
    assert [(row["series"], row["forecast"], row["windows"]) for row in rows] == [
        ("low", "network", 9),
        ("low", "persistence", 9),
        ("high", "network", 14),
        ("high", "persistence", 14),
    ]
    assert [row["test_rmse"] for row in rows[:3]] == pytest.approx([1, 0, 10])
    assert [row["test_mae"] for row in rows[:3]] == pytest.approx([1, 0, 10])
    high = test.truth[test.series == 1]
    expected = np.sqrt((weights * high**2).sum() / (weights.sum() * len(high)))
    assert rows[3]["test_weighted_rmse"] == pytest.approx(expected)


def test_weights_of_samples_are_those_of_the_series(data):
    test = data.test
    weights = np.where(test.series == 0, 0.0, 2.0)[:, None] * np.ones(2)
    error = np.arange(len(test.y), dtype=float)[:, None] * np.ones(2)
    low, high = metrics_by_series(BUILT_IN, data, {"network": test.truth + error}, weights)
    assert np.isnan(low["test_weighted_rmse"]), "all its weights are 0"
    assert low["test_rmse"] == pytest.approx(np.sqrt(np.mean(error[:9] ** 2)))
    assert high["test_weighted_rmse"] == pytest.approx(np.sqrt(np.mean(error[9:] ** 2)))


def test_one_series_has_no_rows(data):
    one = replace(data, series=("only",))
    assert metrics_by_series(BUILT_IN, one, {"network": data.test.truth}, np.ones(2)) == []


def test_the_file_keeps_every_digit(data, tmp_path):
    rows = metrics_by_series(BUILT_IN, data, {"network": data.test.truth + np.pi}, np.ones(2))
    write_by_series(tmp_path / "by_series.csv", rows)
    with (tmp_path / "by_series.csv").open() as stream:
        read = list(csv.DictReader(stream))
    assert [row["series"] for row in read] == ["low", "high"]
    assert [float(row["test_rmse"]) for row in read] == [row["test_rmse"] for row in rows]
