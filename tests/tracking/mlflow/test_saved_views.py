import base64
import json
import zlib

from harness.tracking.mlflow.saved_views import saved_views


def _state(view: str) -> dict:
    packed = json.loads(saved_views()[f"mlflow.sharedViewState.{view}"])["state"]
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
    assert all(len(value) < 20000 for value in saved_views().values())
