import base64
import json
import zlib
from uuid import uuid4

from harness.metrics import BUILT_IN, Metric, Metrics, with_own
from harness.tracking.mlflow.run_store import MlflowStore
from harness.tracking.mlflow.saved_views import MOST_NAMED, saved_views, selecting, sweep_view


def _state(view: str, metrics: Metrics = BUILT_IN) -> dict:
    packed = json.loads(saved_views(metrics)[f"mlflow.sharedViewState.{view}"])["state"]
    assert packed.startswith("deflate;")
    return json.loads(zlib.decompress(base64.b64decode(packed.removeprefix("deflate;"))))


def test_both_views_compare_trials_alone_and_show_all_of_them():
    for view in ("variants", "trials"):
        state = _state(view)
        assert state["searchFilter"] == "tags.role = 'trial'"
        assert state["runsHiddenMode"] == "SHOWALL"
        assert [chart["metricKey"] for chart in state["compareRunCharts"]][:3] == [
            "test_weighted_rmse",
            "skill",
            "test_rmse_by_output",
        ]


def test_bars_for_single_numbers_and_lines_for_curves():
    kinds = {chart["metricKey"]: chart["type"] for chart in _state("trials")["compareRunCharts"]}
    assert {name for name, kind in kinds.items() if kind == "LINE"} == {
        "test_rmse_by_output",
        "curve/val_weighted_rmse",
        "curve/val_rmse",
        "curve/val_mae",
        "curve/val_root_over_sum",
        "curve/own_loss",
    }


def test_every_chart_has_its_section():
    state = _state("trials")
    assert {chart["metricSectionId"] for chart in state["compareRunCharts"]} == {
        section["uuid"] for section in state["compareRunSections"]
    }


def test_one_view_groups_the_seeds_and_the_other_does_not():
    assert _state("variants")["groupBy"]["groupByKeys"] == [{"mode": "tag", "groupByData": "variant"}]
    assert "groupBy" not in _state("trials")


def test_fits_an_experiment_tag():
    assert all(len(value) < 20000 for value in saved_views(BUILT_IN).values())


def peak(y_true, y_pred, weights):
    return 0.0


def test_a_metric_of_ones_own_has_its_bar_its_curve_and_its_column():
    state = _state("trials", with_own({"peak": Metric("peak", peak, lower_is_better=False)}))
    kinds = {chart["metricKey"]: chart["type"] for chart in state["compareRunCharts"]}
    assert kinds["test_peak"] == "BAR"
    assert kinds["curve/val_peak"] == "LINE"
    assert "metrics.`test_peak`" in state["selectedColumns"]


def test_what_cannot_be_monitored_has_no_curve_and_the_first_metric_gives_the_order():
    metrics = Metrics({"peak": Metric("peak", peak, lower_is_better=False, monitorable=False)})
    state = _state("trials", metrics)
    assert [chart["metricKey"] for chart in state["compareRunCharts"]] == [
        "test_peak",
        "skill",
        "test_rmse_by_output",
        "curve/own_loss",
    ]
    assert (state["orderByKey"], state["orderByAsc"]) == ("metrics.`test_peak`", False)


def test_the_views_of_a_store_that_exists_are_brought_up_to_date(store, client):
    own = with_own({"peak": Metric("peak", peak)})
    MlflowStore(**store).prepare(BUILT_IN)
    client().set_experiment_tag("1", "mlflow.sharedViewState.mine", "a view of the user's own")
    MlflowStore(**store).prepare(own)
    tags = client().get_experiment("1").tags
    assert saved_views(own).items() <= tags.items()
    assert saved_views(own) != saved_views(BUILT_IN)
    assert tags["mlflow.sharedViewState.mine"] == "a view of the user's own"


def test_the_trials_of_a_sweep_are_selected_by_its_name_or_one_by_one():
    by_name = "tags.role = 'trial' and tags.sweep = 'x'"
    assert selecting("x", ["a", "b"], ["a", "b", "failed"]) == by_name
    assert selecting("x", ["a", "b"], ["b"]) == "attributes.run_id IN ('a', 'b')"
    ids = [f"{i:032x}" for i in range(MOST_NAMED + 1)]
    assert selecting("x", ids, []) == by_name


def test_the_view_of_a_sweep_fits_an_experiment_tag():
    ids = [uuid4().hex for _ in range(MOST_NAMED)]
    key, view = sweep_view(BUILT_IN, "Sweep x", selecting("x", ids, []))
    assert key == "mlflow.sharedViewState.sweep"
    assert len(view) < 5000
