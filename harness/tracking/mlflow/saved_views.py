"""The views that the MLflow UI offers under "Views" for the experiment: what to compare, already chosen.

The UI keeps a saved view as an experiment tag: JSON, compressed. MLflow documents no format; this one is what its
version 3.17 writes itself. A UI that cannot read it shows its own default.
"""

import base64
import json
import zlib
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from harness.metrics import SKILL, Metrics

if TYPE_CHECKING:
    from mlflow import MlflowClient

TAG = "mlflow.sharedViewState."
# The views of one sweep: of its trials, and of its means and deviations.
SWEEP_VIEW, SPREAD_VIEW = "sweep", "spread"
# A hundred ids of runs, which do not compress, are within what an experiment's tag may hold.
MOST_NAMED = 100
BY_OUTPUT = "test_rmse_by_output"
OWN_LOSS = "curve/own_loss"


def update_views(client: "MlflowClient", experiment_id: str, metrics: Metrics) -> None:
    """Writes the views as experiment tags where they are not there or show other metrics."""
    there = client.get_experiment(experiment_id).tags
    for key, view in saved_views(metrics).items():
        if there.get(key) != view:
            client.set_experiment_tag(experiment_id, key, view)


def saved_views(metrics: Metrics) -> dict[str, str]:
    """Experiment tags for two views: `variants`, the mean over the seeds of each, and `trials`, every run."""
    return {
        f"{TAG}variants": _packed("Variants (mean over seeds)", _state(metrics, ["variant"])),
        f"{TAG}trials": _packed("Trials", _state(metrics, [])),
    }


def sweep_view(metrics: Metrics, title: str, words: str) -> tuple[str, str]:
    """An experiment tag for a view of those runs that the search `words` selects, one row a variant."""
    return f"{TAG}{SWEEP_VIEW}", _packed(title, {**_state(metrics, ["variant"]), "searchFilter": words})


def spread_view(metrics: Metrics, title: str, above: str) -> tuple[str, str]:
    """An experiment tag for a view of the means and deviations of a sweep, the runs below its own run `above`."""
    state = _state(metrics, [])
    columns = [f"metrics.`{name}{part}`" for name in metrics.on_test for part in ("", "_std")]
    own = {"searchFilter": f"tags.`mlflow.parentRunId` = '{above}'", "selectedColumns": columns}
    return f"{TAG}{SPREAD_VIEW}", _packed(title, {**state, **own})


def selecting(sweep: str, trials: Collection[str], own: Collection[str]) -> str:
    """What to search for to see the trials of a sweep, by the ids of their runs.

    Where earlier sweeps trained some of them, all are named, as far as a view has room for them.

    own: the ids of those runs that carry the sweep's name.
    """
    if set(trials) <= set(own) or len(trials) > MOST_NAMED:
        return f"tags.role = 'trial' and tags.sweep = '{sweep}'"
    return f"attributes.run_id IN ({', '.join(repr(run_id) for run_id in trials)})"


def view_page(experiment_id: str, view: str) -> str:
    """The page of MLflow's UI that opens on `view`, behind the slash of its address.

    Without `workflowType` the UI of 3.17 opens on its pages for language models, whatever the experiment's kind.
    """
    choice = f"workflowType=machine_learning&compareRunsMode=CHART&viewStateShareKey={view}"
    return f"#/experiments/{experiment_id}/runs?{choice}"


def _packed(name: str, state: dict[str, Any]) -> str:
    packed = base64.b64encode(zlib.compress(json.dumps(state).encode())).decode()
    return json.dumps({"name": name, "createdAt": 0, "updatedAt": 0, "state": f"deflate;{packed}"})


def _state(metrics: Metrics, group_by_tags: list[str]) -> dict[str, Any]:
    first, *others = metrics.on_test
    bars = [first, SKILL, *others]
    # The first three charts share the top row.
    sections = {
        "Comparison": [*bars[:2], BY_OUTPUT, *bars[2:]],
        "By epoch": [*(f"curve/{name}" for name in metrics.monitors), OWN_LOSS],
    }
    columns = [f"metrics.`{name}`" for name in bars]
    columns += [f"tags.`{name}`" for name in ("loss", "weights", "seed", "sweep")]
    columns += [f"params.`{name}`" for name in ("model.cell", "model.units")]
    state = {
        "searchFilter": "tags.role = 'trial'",
        "orderByKey": f"metrics.`{first}`",
        "orderByAsc": metrics.of(first).lower_is_better,
        "startTime": "ALL",
        "lifecycleFilter": "Active",
        "modelVersionFilter": "All Runs",
        "datasetsFilter": [],
        "selectedColumns": columns,
        "runsHiddenMode": "SHOWALL",
        "compareRunSections": [_section(name) for name in sections],
        "compareRunCharts": [
            _bar(metric, section) if metric in bars else _line(metric, section)
            for section, names in sections.items()
            for metric in names
        ],
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


def _bar(metric: str, section: str) -> dict[str, Any]:
    return {
        "type": "BAR",
        "uuid": metric,
        "metricKey": metric,
        "metricSectionId": section,
        "runsCountToCompare": 100,
        "deleted": False,
        "isGenerated": False,
    }


def _line(metric: str, section: str) -> dict[str, Any]:
    line = {"lineSmoothness": 0, "xAxisKey": "step", "yAxisKey": "metric", "range": {}, "yAxisExpressions": []}
    scales = {"xAxisScaleType": "linear", "scaleType": "linear", "selectedXAxisMetricKey": "", "ignoreOutliers": False}
    shared = {"useGlobalXaxisKey": True, "useGlobalLineSmoothing": True}
    return {**_bar(metric, section), **line, **scales, **shared, "type": "LINE"}
