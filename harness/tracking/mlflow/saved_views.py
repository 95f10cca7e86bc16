"""The views that the MLflow UI offers under "Views" for the experiment: what to compare, already chosen.

The UI keeps a saved view as an experiment tag: JSON, compressed. MLflow documents no format; this one is what its
version 3.17 writes itself. A UI that cannot read it shows its own default.
"""

import base64
import json
import zlib
from typing import Any

TAG = "mlflow.sharedViewState."
BARS = ("test_weighted_rmse", "skill", "test_rmse", "test_mae")
# The first three charts share the top row.
SECTIONS = {
    "Comparison": (*BARS[:2], "test_rmse_by_output", *BARS[2:]),
    "By epoch": ("curve/val_weighted_rmse", "curve/own_loss"),
}
COLUMNS = (
    *(f"metrics.`{name}`" for name in BARS),
    *(f"tags.`{name}`" for name in ("loss", "weights", "seed", "sweep")),
    *(f"params.`{name}`" for name in ("model.cell", "model.units")),
)


def saved_views() -> dict[str, str]:
    """Experiment tags for two views: `variants`, the mean over the seeds of each, and `trials`, every run."""
    return {
        f"{TAG}variants": _packed("Variants (mean over seeds)", _state(["variant"])),
        f"{TAG}trials": _packed("Trials", _state([])),
    }


def view_link(experiment_id: str, view: str) -> str:
    """The page of a `mlflow ui` started with its defaults that opens on `view`.

    Without `workflowType` the UI of 3.17 opens on its pages for language models, whatever the experiment's kind.
    """
    choice = f"workflowType=machine_learning&compareRunsMode=CHART&viewStateShareKey={view}"
    return f"http://127.0.0.1:5000/#/experiments/{experiment_id}/runs?{choice}"


def _packed(name: str, state: dict[str, Any]) -> str:
    packed = base64.b64encode(zlib.compress(json.dumps(state).encode())).decode()
    return json.dumps({"name": name, "createdAt": 0, "updatedAt": 0, "state": f"deflate;{packed}"})


def _state(group_by_tags: list[str]) -> dict[str, Any]:
    state = {
        "searchFilter": "tags.role = 'trial'",
        "orderByKey": "metrics.`test_weighted_rmse`",
        "orderByAsc": True,
        "startTime": "ALL",
        "lifecycleFilter": "Active",
        "modelVersionFilter": "All Runs",
        "datasetsFilter": [],
        "selectedColumns": list(COLUMNS),
        "runsHiddenMode": "SHOWALL",
        "compareRunSections": [_section(name) for name in SECTIONS],
        "compareRunCharts": [_chart(metric, section) for section, metrics in SECTIONS.items() for metric in metrics],
        "isAccordionReordered": True,  # else sections stand in alphabetical order
        "useGroupedValuesInCharts": True,
        "hideEmptyCharts": True,
    }
    if not group_by_tags:
        return state
    keys = [{"mode": "tag", "groupByData": tag} for tag in group_by_tags]
    return state | {"groupBy": {"aggregateFunction": "average", "groupByKeys": keys}}


def _section(name: str) -> dict[str, Any]:
    return {"uuid": name, "name": name, "display": True, "isReordered": False, "deleted": False, "isGenerated": False}


def _chart(metric: str, section: str) -> dict[str, Any]:
    chart = {
        "uuid": metric,
        "metricKey": metric,
        "metricSectionId": section,
        "runsCountToCompare": 100,
        "deleted": False,
        "isGenerated": False,
    }
    if metric in BARS:
        return chart | {"type": "BAR"}
    line = {"lineSmoothness": 0, "xAxisKey": "step", "yAxisKey": "metric", "range": {}, "yAxisExpressions": []}
    scales = {"xAxisScaleType": "linear", "scaleType": "linear", "selectedXAxisMetricKey": "", "ignoreOutliers": False}
    return chart | line | scales | {"type": "LINE", "useGlobalXaxisKey": True, "useGlobalLineSmoothing": True}
