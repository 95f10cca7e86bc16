import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.metrics import BUILT_IN, Metric, described, rmse_by_output, skill, with_own

TRUE = np.array([[0.0, 1, 1, 0], [0, 0, 1, 1]])
PREDICTED = np.array([[0.0, 1, 0, 1], [1, 0, 1, 1]])
WEIGHTS = np.array([0.25, 0.5, 1.0, 0.75])


def evaluated(*arrays):
    return {name.removeprefix("test_"): value for name, value in BUILT_IN.evaluate("test", *arrays).items()}


def test_by_hand():
    found = evaluated(TRUE, PREDICTED, WEIGHTS)
    assert found == pytest.approx(
        {
            "rmse": (3 / 8) ** 0.5,
            "mae": 3 / 8,
            "weighted_rmse": ((1 + 0.75 + 0.25) / (2 * 2.5)) ** 0.5,
            # Of the first sample sqrt(1 + 0.75), of the second sqrt(0.25).
            "root_over_sum": (1.75**0.5 + 0.5) / 2 / 2.5,
        }
    )
    assert all(type(value) is float for value in found.values())


def test_per_sample_weights_are_pooled_and_not_divided_sample_by_sample():
    weights = np.array([[1.0, 1, 1, 1], [10, 10, 10, 10]])
    assert evaluated(TRUE, PREDICTED, weights)["weighted_rmse"] == pytest.approx(((1 + 1 + 10) / 44) ** 0.5)


def test_root_over_sum_takes_each_samples_own_weights():
    """sqrt(1 + 1) / 4 and sqrt(40) / 40; a sample without weight counts 0."""
    weights = np.array([[1.0, 1, 1, 1], [40, 0, 0, 0]])
    found = evaluated(TRUE, PREDICTED, weights)["root_over_sum"]
    assert found == pytest.approx((2**0.5 / 4 + 40**0.5 / 40) / 2)
    weights[1] = 0
    assert evaluated(TRUE, PREDICTED, weights)["root_over_sum"] == pytest.approx(2**0.5 / 4 / 2)
    scaled = evaluated(TRUE, PREDICTED, 4 * WEIGHTS)["root_over_sum"]
    assert scaled == pytest.approx(evaluated(TRUE, PREDICTED, WEIGHTS)["root_over_sum"] / 2)


def test_as_many_samples_as_outputs_reads_one_row_of_weights_by_output():
    y_true, y_pred = np.zeros((2, 2)), np.array([[1.0, 0], [1, 0]])
    assert evaluated(y_true, y_pred, np.array([3.0, 1.0]))["weighted_rmse"] == pytest.approx(0.75**0.5)


def test_by_output_by_hand():
    np.testing.assert_allclose(rmse_by_output(TRUE, PREDICTED), [0.5**0.5, 0, 0.5**0.5, 0.5**0.5])


def test_float32_is_summed_in_float64():
    y_true = np.full((1000, 1000), 1e4, dtype=np.float32)
    y_pred = y_true + np.float32(0.0625)
    assert evaluated(y_true, y_pred, np.ones(1000))["rmse"] == pytest.approx(0.0625, rel=1e-12)


@given(st.integers(1, 5), st.integers(1, 7), st.floats(1e-3, 1e3), st.integers(0, 2**32 - 1))
def test_weighted_rmse_ignores_the_scale_and_is_rmse_under_equal_weights(n, outputs, scale, seed):
    rng = np.random.default_rng(seed)
    y_true, y_pred = rng.normal(size=(2, n, outputs))
    weights = rng.uniform(0.1, 2, size=(n, outputs))
    one, scaled = (evaluated(y_true, y_pred, w)["weighted_rmse"] for w in (weights, scale * weights))
    assert one == pytest.approx(scaled)
    equal = evaluated(y_true, y_pred, np.full(outputs, scale))
    assert equal["weighted_rmse"] == pytest.approx(equal["rmse"])


@pytest.mark.parametrize("shape", [(2, 1), (1, 4), (4,), (2, 4, 1)])
def test_unequal_shapes_are_never_broadcast(shape):
    with pytest.raises(ValueError, match="y_true and y_pred must be of one shape"):
        evaluated(TRUE, np.ones(shape), WEIGHTS)
    with pytest.raises(ValueError, match="y_true and y_pred must be of one shape"):
        rmse_by_output(np.ones(shape), PREDICTED)


@pytest.mark.parametrize("shape", [(2,), (2, 1), (1, 4), ()])
def test_weights_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"weights must be of shape \(4,\) or \(2, 4\)"):
        evaluated(TRUE, PREDICTED, np.ones(shape))


def test_skill_is_against_the_best_baseline():
    assert skill(1.0, [3.8, 2.0, 2.9]) == 0.5
    assert skill(2.0, [2.0]) == 0
    assert skill(3.0, [2.0]) == -0.5


def test_skill_against_a_perfect_baseline():
    assert skill(0.0, [0.0, 1.0]) == 0
    assert skill(0.1, [0.0, 1.0]) == -np.inf


def test_skill_where_higher_is_better():
    assert skill(0.9, [0.3, 0.6], lower_is_better=False) == pytest.approx(0.5)
    assert skill(0.3, [0.6], lower_is_better=False) == pytest.approx(-0.5)
    assert skill(-1.0, [-2.0], lower_is_better=False) == 0.5, "less far below 0 is better"
    assert skill(-3.0, [-2.0]) == 0.5
    assert skill(0.1, [0.0], lower_is_better=False) == np.inf


def test_a_metric_says_which_value_is_best():
    peak = Metric("peak", lambda y_true, y_pred, weights: 0.0, lower_is_better=False)
    rmse = BUILT_IN.of("val_rmse")
    assert (peak.best([1.0, np.nan, 3.0]), rmse.best([2.0, np.nan, 3.0])) == (3.0, 2.0)
    assert peak.lowest_is_best(np.array([1.0, 3.0])).argmin() == 1
    assert (peak.best_is, peak.worst_is, rmse.best_is, rmse.worst_is) == ("highest", "lowest", "lowest", "highest")


def test_a_stored_config_describes_metrics_without_building_them():
    own = {
        "peak": {"_target_": "os.remove", "lower_is_better": False, "has_unit": "no"},
        "rmse": {"_target_": "os.remove", "lower_is_better": False},
    }
    metrics = described(own)
    assert metrics.on_test == [*BUILT_IN.on_test, "test_peak"]
    peak = metrics.of("test_peak")
    assert (peak.lower_is_better, peak.has_unit, peak.by_window) == (False, True, None)
    assert metrics.of("test_rmse") is BUILT_IN.of("test_rmse"), "no config changes the project's own"
    with pytest.raises(LookupError):
        peak.function(TRUE, PREDICTED, WEIGHTS)


def test_windows_are_ordered_as_the_metric_orders_forecasts():
    rng = np.random.default_rng(0)
    y_true, y_pred = rng.normal(size=(2, 6, 4))
    weights = rng.uniform(0.1, 2, size=(6, 4))
    roots = {"rmse": np.sqrt, "weighted_rmse": np.sqrt, "mae": float, "root_over_sum": float}
    for each in BUILT_IN:
        by_window = each.by_window(y_true, y_pred, weights)
        assert by_window.shape == (6,)
        assert roots[each.name](by_window.mean()) == pytest.approx(each.function(y_true, y_pred, weights))


def test_a_name_in_the_store_leads_back_to_its_metric():
    assert BUILT_IN.of("val_mae").name == "mae"
    assert BUILT_IN.monitors == ["val_weighted_rmse", "val_rmse", "val_mae", "val_root_over_sum"]
    with pytest.raises(KeyError):
        BUILT_IN.of("skill")


def test_an_own_metric_stands_beside_the_others_and_takes_no_name():
    largest = Metric("largest", lambda y_true, y_pred, weights: np.abs(y_true - y_pred).max(), monitorable=False)
    metrics = with_own({"largest": largest})
    assert metrics.evaluate("test", TRUE, PREDICTED, WEIGHTS)["test_largest"] == 1
    assert "val_largest" not in metrics.monitors
    assert metrics.on_test[-1] == "test_largest"
    with pytest.raises(ValueError, match="rmse"):
        with_own({"rmse": largest})
