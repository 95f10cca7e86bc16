"""Writes one run to MLflow."""

import getpass
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

import numpy as np

from harness.errors import InputError, TrackingError
from harness.metrics import SKILL
from harness.run import is_scalar
from harness.tracking.logger import DataDescription, Opening
from harness.tracking.mlflow.heartbeat import BEAT, WORKS_AT, Heartbeat, beat_now, works_at
from harness.tracking.mlflow.logged_network import log_network
from harness.tracking.mlflow.once import once
from harness.tracking.mlflow.place import Place, Store

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import DatasetInput, Metric

Item = TypeVar("Item")

# What MLflow takes at once, and how long it lets a value be.
METRICS_A_BATCH = 1000
PARAMS_OR_TAGS_A_BATCH = 100
LONGEST_PARAM = 6000
LONGEST_TAG = 8000
SHOWN_DIGEST = 12
PARENT = "mlflow.parentRunId"
# Tells the creation of one run from that of any other; MLflow's UI does not show tags of this beginning.
CREATION = "mlflow.harness.creation"
# How metrics on the test split begin.
ON_TEST = ("test_", SKILL)
# Tags that MLflow knows by a name of its own.
OWN_NAMES = {"description": "mlflow.note.content"}


class MlflowLogger:
    """The `Logger` of MLflow. Constructing it writes nothing and does not import MLflow.

    Every call that meets a failure that may pass is tried again; each step is one transaction of MLflow's, or writes
    the same as before when it is done again. A run whose creation was reported as failed, and was not, is found again.

    Args:
        place: where runs are kept.
        above: the run that this one belongs to, or None.
    """

    def __init__(self, place: Place, above: str | None = None):
        self._place, self._above = place, above
        self._store: Store | None = None
        self._id: str | None = None
        self._name = ""
        self._data: DataDescription | None = None
        self._model_id: str | None = None
        self._heart: Heartbeat | None = None
        self._times: dict[tuple[str, int], int] = {}

    @property
    def run_id(self) -> str | None:
        return self._id

    def start(self, opening: Opening) -> None:
        """Creates the run. A tag or a param that is longer than MLflow takes is cut, and ends in `...`.

        Raises TrackingError for every store that cannot be opened: there are results to keep.
        """
        # Opening comes first: it sets MLflow up to be quiet before it is imported.
        try:
            self._store = self._place.open()
        except InputError as error:
            raise TrackingError(str(error)) from error
        from mlflow.entities import Param

        self._name = opening.name
        above = {} if self._above is None else {PARENT: self._above}
        tags = {**_origin(), **above, **_tags(opening.tags)}
        if self._place.is_shared:
            tags |= {WORKS_AT: works_at(), BEAT: beat_now()}
        self._id = self._place.do("create a run", _creation(self._store, opening.name, tags))
        if self._place.is_shared:
            self._heart = Heartbeat(partial(_beat, self._client, self._id))
        params = [Param(key, _cut(str(value), LONGEST_PARAM)) for key, value in opening.params.items()]
        for batch in _batches(params, PARAMS_OR_TAGS_A_BATCH):
            self._place.do("log params", self._client.log_batch, self._started, params=batch)
        if opening.data is not None:
            self._data = opening.data
            self._describe(opening.data)

    def metrics(self, points: Sequence[tuple[str, float, int]]) -> None:
        # One time for all tries: MLflow knows a point that it already has by its name, time, step and value.
        now = int(time.time() * 1000)
        for name, _, step in points:
            self._times.setdefault((name, int(step)), now)
        metrics = [self._metric(name, float(value), int(step)) for name, value, step in points]
        for batch in _batches(metrics, METRICS_A_BATCH):
            self._place.do("log metrics", self._client.log_batch, self._started, metrics=batch)

    def files(self, folder: Path) -> None:
        self._place.keep_files(self._opened, self._started, folder)

    def network(self, folder: Path) -> None:
        import keras

        model: Any = keras.models.load_model(folder / "network.keras", compile=False)
        example = np.load(folder / "example.npy")
        self._model_id = log_network(self._place, self._opened, self._started, self._name, model, example)

    def close(self, status: str, tags: Mapping[str, str]) -> str:
        end(self._place, self._opened, self._started, status, tags)
        if self._heart is not None:
            self._heart.end()
        return self._started

    def below(self) -> "MlflowLogger":
        return MlflowLogger(self._place, self._started)

    @property
    def _opened(self) -> Store:
        if self._store is None:
            raise TrackingError(f"the run was not started (store: {self._place.name})")
        return self._store

    @property
    def _client(self) -> "MlflowClient":
        return self._opened.client

    @property
    def _started(self) -> str:
        if self._id is None:
            raise TrackingError(f"the run was not started (store: {self._place.name})")
        return self._id

    def _metric(self, name: str, value: float, step: int) -> "Metric":
        """Tied to the network and the data set that it is about, where it is one number of the network that is kept."""
        from mlflow.entities import Metric

        given = name, value, self._times[name, step], step
        if self._model_id is None or not is_scalar(name):
            return Metric(*given)
        if self._data is None or not name.startswith(ON_TEST):
            return Metric(*given, model_id=self._model_id)
        return Metric(*given, self._model_id, *_named(self._data, "test"))

    def _describe(self, data: DataDescription) -> None:
        """The shapes of the train and the test split are the run's inputs."""
        inputs = [_dataset_input(data, "train", data.train, "training")]
        inputs.append(_dataset_input(data, "test", data.test, "testing"))

        def log_inputs() -> None:
            # Two runs that bring the same new data set at once would both insert it, and the second would fail.
            with self._place.alone():
                self._client.log_inputs(self._started, inputs)

        self._place.do("describe the data", log_inputs)


def _creation(store: Store, name: str, tags: Mapping[str, str]) -> Callable[[], str]:
    """What creates a run, once, and returns its id."""
    own = {CREATION: uuid4().hex}

    def find() -> str | None:
        return next(iter(store.find(own)), None)

    def create() -> str:
        run = store.client.create_run(store.experiment_id, run_name=name, tags={**tags, **own})
        return str(run.info.run_id)

    return once(find, create)


def _beat(client: "MlflowClient", run_id: str) -> None:
    client.set_tag(run_id, BEAT, beat_now())


def end(place: Place, store: Store, run_id: str, status: str, tags: Mapping[str, str]) -> None:
    """Ends a run with further tags."""
    from mlflow.entities import RunTag

    for batch in _batches([RunTag(key, value) for key, value in _tags(tags).items()], PARAMS_OR_TAGS_A_BATCH):
        place.do("log tags", store.client.log_batch, run_id, tags=batch)
    place.do("end a run", store.client.set_terminated, run_id, status)


def _tags(tags: Mapping[str, str]) -> dict[str, str]:
    return {OWN_NAMES.get(key, key): _cut(str(value), LONGEST_TAG) for key, value in tags.items()}


def _origin() -> dict[str, str]:
    origin = {"mlflow.source.name": "harness", "mlflow.source.type": "LOCAL"}
    try:
        return origin | {"mlflow.user": getpass.getuser()}
    except (KeyError, OSError):
        # A container may run as a user without a name.
        return origin


def _cut(value: str, longest: int) -> str:
    return value if len(value) <= longest else f"{value[: longest - 3]}..."


def _batches(items: list[Item], size: int) -> Iterator[list[Item]]:
    return (items[at : at + size] for at in range(0, len(items), size))


def _named(data: DataDescription, split: str) -> tuple[str, str]:
    """What MLflow knows a split of a data set by: name, digest."""
    return f"{data.name}_{split}", data.digest[:SHOWN_DIGEST]


def _dataset_input(data: DataDescription, split: str, shapes: Sequence[Sequence[int]], context: str) -> "DatasetInput":
    from mlflow.data.code_dataset_source import CodeDatasetSource
    from mlflow.data.numpy_dataset import NumpyDataset
    from mlflow.entities import Dataset as DatasetEntity
    from mlflow.entities import DatasetInput, InputTag

    # Of these shapes, without memory behind them.
    x, y = (np.broadcast_to(np.float64(0), tuple(shape)) for shape in shapes)
    source = CodeDatasetSource({"mlflow.source.name": "harness"})
    name, digest = _named(data, split)
    described = NumpyDataset(x, source, targets=y, name=name, digest=digest)
    return DatasetInput(DatasetEntity(**described.to_dict()), [InputTag("mlflow.data.context", context)])
