"""Keeps runs in MLflow: a SQLite file and a folder of artifacts, no server."""

import getpass
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from harness.contracts import Dataset, Split
from harness.tracking.logged_network import log_network
from harness.tracking.saved_views import view_link
from harness.tracking.store import Store, alone, database_path, open_store

# What MLflow takes at once, and how long it lets a value be.
METRICS_A_BATCH = 1000
PARAMS_OR_TAGS_A_BATCH = 100
LONGEST_PARAM = 6000
LONGEST_TAG = 8000
SHOWN_DIGEST = 12


class MlflowTracker:
    """The `Tracker` that keeps one run in MLflow. Constructing it writes nothing and does not import MLflow.

    Args:
        uri: `sqlite:///` and a path, relative to the current directory or absolute.
        artifacts: the folder that artifacts and models go to.
        experiment: the MLflow experiment, created if absent.

    Raises:
        InputError: the uri names no SQLite file; from `prepare` and `start`: the store cannot be opened.
    """

    def __init__(self, *, uri: str, artifacts: str, experiment: str):
        self._uri, self._database = uri, database_path(uri)
        self._artifacts = Path(artifacts).absolute()
        self._experiment = experiment

    def prepare(self) -> None:
        """Creates the store; a sweep calls this once, so that its workers find it ready."""
        self._open()

    def start(self, name: str, tags: Mapping[str, str], params: Mapping[str, Any]) -> None:
        """Creates the run. A tag or param longer than MLflow takes is cut, and ends in `...`."""
        # Opening comes first: it sets MLflow up to be quiet before it is imported.
        self._store = self._open()
        from mlflow.entities import Param

        run = self._store.client.create_run(
            self._store.experiment_id,
            run_name=name,
            tags={**_origin(), **{key: _cut(str(value), LONGEST_TAG) for key, value in tags.items()}},
        )
        self._run_id = run.info.run_id
        for batch in _batches(
            [Param(key, _cut(str(value), LONGEST_PARAM)) for key, value in params.items()], PARAMS_OR_TAGS_A_BATCH
        ):
            self._store.client.log_batch(self._run_id, params=batch)

    def metrics(self, points: Sequence[tuple[str, float, int]]) -> None:
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        for batch in _batches(
            [Metric(name, float(value), now, int(step)) for name, value, step in points], METRICS_A_BATCH
        ):
            self._store.client.log_batch(self._run_id, metrics=batch)

    def artifact(self, folder: Path) -> None:
        self._store.client.log_artifacts(self._run_id, str(folder))

    def dataset(self, data: Dataset, name: str, digest: str) -> None:
        """Keeps the shapes of the train and the test split as the run's inputs; the arrays are not copied.

        digest: a hash of the data; MLflow shows its first 12 characters.
        """
        inputs = [_dataset_input(data.train, f"{name}_train", digest, "training")]
        inputs.append(_dataset_input(data.test, f"{name}_test", digest, "testing"))
        # Two runs that bring the same new dataset at once would both insert it, and the second would fail.
        with alone(self._database):
            self._store.client.log_inputs(self._run_id, inputs)

    def network(self, model: Any, example: np.ndarray) -> None:
        log_network(self._store.client, self._store.experiment_id, self._run_id, model, example)

    def close(self, status: str, tags: Mapping[str, str]) -> str:
        from mlflow.entities import RunTag

        more = [RunTag(key, _cut(str(value), LONGEST_TAG)) for key, value in tags.items()]
        for batch in _batches(more, PARAMS_OR_TAGS_A_BATCH):
            self._store.client.log_batch(self._run_id, tags=batch)
        self._store.client.set_terminated(self._run_id, status)
        return self._run_id

    def look(self) -> list[str]:
        """The command that serves the UI, and the page that opens on the comparison."""
        page = view_link(self._open().experiment_id, "variants")
        return [f"To see every run: mlflow ui --backend-store-uri {self._uri}", f"and open {page}"]

    def _open(self) -> Store:
        return open_store(self._database, self._artifacts, self._experiment)


def _origin() -> dict[str, str]:
    origin = {"mlflow.source.name": "harness", "mlflow.source.type": "LOCAL"}
    try:
        return origin | {"mlflow.user": getpass.getuser()}
    except (KeyError, OSError):
        # A container may run as a user without a name.
        return origin


def _cut(value: str, longest: int) -> str:
    return value if len(value) <= longest else f"{value[: longest - 3]}..."


def _batches(items: list, size: int) -> Iterator[list]:
    return (items[at : at + size] for at in range(0, len(items), size))


def _dataset_input(split: Split, name: str, digest: str, context: str) -> Any:
    from mlflow.data.code_dataset_source import CodeDatasetSource
    from mlflow.data.numpy_dataset import NumpyDataset
    from mlflow.entities import Dataset as DatasetEntity
    from mlflow.entities import DatasetInput, InputTag

    source = CodeDatasetSource({"mlflow.source.name": "harness"})
    described = NumpyDataset(split.x, source, targets=split.y, name=name, digest=digest[:SHOWN_DIGEST])
    return DatasetInput(DatasetEntity(**described.to_dict()), [InputTag("mlflow.data.context", context)])
