"""Finds and reads many runs on an MLflow server."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.run import is_scalar
from harness.tracking.mlflow.find_runs import as_given
from harness.tracking.mlflow.place import Finished, Kept
from harness.tracking.mlflow.search import search, with_tags

if TYPE_CHECKING:
    from mlflow import MlflowClient

# The search cannot ask for one of several values of a tag: so many are asked for one by one, and of more all runs are
# looked at.
ASKED_ONE_BY_ONE = 50
RUNS_AT_ONCE = 100
# Beyond so many points the server cuts its answer.
MOST_POINTS = 25_000
POINTS = "/ajax-api/2.0/mlflow/metrics/get-history-bulk"


@dataclass(frozen=True)
class RemoteStore:
    """An open `Store` on a server at `uri`."""

    client: "MlflowClient"
    uri: str
    experiment_id: str

    def find(self, tags: Mapping[str, str]) -> list[str]:
        found = search(self, with_tags(tags))
        return [run.info.run_id for run in found if tags.items() <= run.data.tags.items()]

    def finished(self, fingerprints: Collection[str]) -> dict[str, Finished]:
        asked = with_tags({"role": "trial"}) + " and attributes.status = 'FINISHED'"
        if len(fingerprints) <= ASKED_ONE_BY_ONE:
            words = [f"{asked} and {with_tags({'fingerprint': name})}" for name in sorted(fingerprints)]
        else:
            words = [asked]
        runs = [run for each in words for run in search(self, each)]
        # The last of a fingerprint's runs stays.
        runs.sort(key=lambda run: (run.info.start_time, run.info.end_time))
        wanted = set(fingerprints)
        by_name = {run.data.tags["fingerprint"]: run for run in runs if run.data.tags.get("fingerprint") in wanted}
        return {name: (run.info.run_id, run.data.tags, run.data.params, _last(run)) for name, run in by_name.items()}

    def read(self, run_ids: Sequence[str]) -> list[Kept]:
        # Others cannot be asked for, and there are none.
        asked = [run_id for run_id in run_ids if re.fullmatch(r"[\w-]+", run_id)]
        found: dict[str, Kept] = {}
        for some in _parts(asked, RUNS_AT_ONCE):
            names = ", ".join(f"'{run_id}'" for run_id in some)
            runs = {run.info.run_id: run for run in search(self, f"attributes.run_id IN ({names})")}
            points = self._points(runs)
            for run_id, run in runs.items():
                last = {name: float(values[-1, 1]) for name, values in points[run_id].items()}
                kept = run.info.status, run.data.tags, run.data.params, last, points[run_id]
                found[run_id] = run_id, *kept
        return [found[run_id] for run_id in run_ids if run_id in found]

    def _points(self, runs: Mapping[str, Any]) -> Mapping[str, dict[str, np.ndarray]]:
        """By run, the points of each metric: [points, 2], step and value, in order of steps."""
        points: Mapping[str, dict[str, np.ndarray]] = defaultdict(dict)
        curves: Mapping[str, list[str]] = defaultdict(list)
        for run_id, run in runs.items():
            for metric in run.data.to_proto().metrics:
                if is_scalar(metric.key) and metric.step == 0:
                    points[run_id][metric.key] = np.array([(0, as_given(metric.value))])
                else:
                    curves[metric.key].append(run_id)
        for name, run_ids in curves.items():
            values: Mapping[str, list[tuple[int, float]]] = defaultdict(list)
            for run_id, step, value in self._history(name, run_ids):
                values[run_id].append((step, as_given(value)))
            for run_id, pairs in values.items():
                points[run_id][name] = np.array(sorted(pairs), np.float64)
        return points

    def _history(self, name: str, run_ids: Sequence[str]) -> Iterator[tuple[str, int, float]]:
        """(run, step, value) of every point of a metric.

        MLflow's client brings the history of one run at a time; this is how its UI asks for those of many.
        """
        from mlflow.utils.credentials import get_default_host_creds
        from mlflow.utils.rest_utils import http_request, verify_rest_response

        params = {"run_id": list(run_ids), "metric_key": name, "max_results": MOST_POINTS}
        answer = http_request(get_default_host_creds(self.uri), POINTS, "GET", params=params)
        found = verify_rest_response(answer, POINTS).json()["metrics"]
        if len(found) < MOST_POINTS:
            yield from ((point["run_id"], int(point["step"]), float(point["value"])) for point in found)
        elif len(run_ids) > 1:
            for half in _parts(run_ids, (len(run_ids) + 1) // 2):
                yield from self._history(name, half)
        else:
            history = self.client.get_metric_history(run_ids[0], name)
            yield from ((run_ids[0], point.step, point.value) for point in history)


def _last(run: Any) -> dict[str, float]:
    return {name: as_given(value) for name, value in run.data.metrics.items()}


def _parts(items: Sequence[str], size: int) -> Iterable[Sequence[str]]:
    return (items[at : at + size] for at in range(0, len(items), size))
