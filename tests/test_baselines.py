import numpy as np
import pytest

from harness.baselines import baselines
from harness.data.framing import SeriesFraming
from harness.data.windows import cut
from harness.spec import Series


def test_by_hand():
    window = np.array([10.0, 20, 30, 12, 23, 36])
    found = baselines(window[None, :, None], outputs=7, target=0, season=3)
    assert list(found) == ["persistence", "seasonal_naive", "seasonal_naive_with_drift"]
    np.testing.assert_array_equal(found["persistence"], [[36] * 7])
    np.testing.assert_array_equal(found["seasonal_naive"], [[12, 23, 36, 12, 23, 36, 12]])
    # The last value stands 6 above the one a season before it.
    np.testing.assert_array_equal(found["seasonal_naive_with_drift"], [[18, 29, 42, 24, 35, 48, 30]])


def test_fewer_outputs_than_a_season():
    window = np.array([10.0, 20, 30, 12, 23, 36])
    found = baselines(window[None, :, None], outputs=2, target=0, season=3)
    np.testing.assert_array_equal(found["seasonal_naive"], [[12, 23]])


def test_the_target_column_of_each_window_is_taken():
    x = np.zeros((2, 4, 3))
    x[:, :, 1] = [[1, 2, 3, 4], [5, 6, 7, 8]]
    found = baselines(x, outputs=2, target=1, season=2)
    np.testing.assert_array_equal(found["persistence"], [[4, 4], [8, 8]])
    np.testing.assert_array_equal(found["seasonal_naive"], [[3, 4], [7, 8]])
    np.testing.assert_array_equal(found["seasonal_naive_with_drift"], [[5, 6], [9, 10]])


@pytest.mark.parametrize(
    ("lookback", "target", "season", "names"),
    [
        (6, None, 3, []),
        (6, 0, None, ["persistence"]),
        (2, 0, 3, ["persistence"]),
        (3, 0, 3, ["persistence", "seasonal_naive"]),
        (4, 0, 3, ["persistence", "seasonal_naive", "seasonal_naive_with_drift"]),
    ],
)
def test_only_what_the_history_allows(lookback, target, season, names):
    found = baselines(np.ones((5, lookback, 2)), outputs=4, target=target, season=season)
    assert list(found) == names
    assert all(forecast.shape == (5, 4) for forecast in found.values())


@pytest.mark.parametrize(
    ("missing", "persistence", "naive", "drift"),
    [
        # Row 15 is missing and stands for row 14, or with a season of three for row 12.
        ("last", 14, [13, 14, 14], [15, 16, 16]),
        ("season", 12, [13, 14, 12], [13, 14, 12]),
    ],
)
def test_a_gap_at_the_end_of_a_history_is_filled_from_the_past(missing, persistence, naive, drift):
    rows = np.arange(22.0)[:, None]
    rows[15] = np.nan
    for ahead in (0, 1000):
        rows[16:] += ahead
        series = Series(rows, target=0, season=3, unit="", name="")
        framing = SeriesFraming(4, 3, 1, [10, 3, 9], "grow", missing, "none")
        test = cut([series], framing, fold=0).test
        # The window whose history is rows 12 to 15.
        window = test.x[test.index == 12]
        found = baselines(window, outputs=3, target=0, season=3)
        np.testing.assert_array_equal(found["persistence"], [[persistence] * 3])
        np.testing.assert_array_equal(found["seasonal_naive"], [naive])
        np.testing.assert_array_equal(found["seasonal_naive_with_drift"], [drift])


def test_the_known_errors_on_weekly_co2():
    """104 weeks in, 100 out, the last 20 % of the rows, with the first window's history reaching back before them."""
    from statsmodels.datasets import co2

    series = co2.load_pandas().data["co2"].ffill().to_numpy()
    rows = series[int(len(series) * 0.8) - 104 :]
    windows = np.lib.stride_tricks.sliding_window_view(rows, 204)
    found = baselines(windows[:, :104, None], outputs=100, target=0, season=52)
    rmse = {name: np.sqrt(np.mean((windows[:, 104:] - forecast) ** 2)) for name, forecast in found.items()}
    known = {"persistence": 3.8, "seasonal_naive": 2.9, "seasonal_naive_with_drift": 1.6}
    assert rmse == pytest.approx(known, abs=0.05)
