"""Keeps runs in MLflow: a SQLite file and a folder of artifacts, no server."""

import copy
import errno
import getpass
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from harness.errors import InputError, TrackingError
from harness.spec import Dataset, Kept, KeptRun, Split
from harness.tracking.mlflow.finished_runs import finished_runs
from harness.tracking.mlflow.logged_network import log_network
from harness.tracking.mlflow.read_runs import read_runs
from harness.tracking.mlflow.retry import Patience
from harness.tracking.mlflow.saved_views import view_link
from harness.tracking.mlflow.store import Store, alone, database_path, find_store, is_absent, open_store
from harness.tracking.whole_files import copy_whole

# What MLflow takes at once, and how long it lets a value be.
METRICS_A_BATCH = 1000
PARAMS_OR_TAGS_A_BATCH = 100
LONGEST_PARAM = 6000
LONGEST_TAG = 8000
SHOWN_DIGEST = 12
RUNNING = "RUNNING"
PARENT = "mlflow.parentRunId"


class MlflowTracker:
    """The `Tracker` that keeps one run in MLflow. Constructing it writes nothing and does not import MLflow.

    Every call that meets a locked database or a failing disk is tried again; each step is one transaction of MLflow's,
    or writes the same as before when it is done again. Only a run whose creation was reported as failed, and was
    not, would be there twice: as RUNNING, for `close_abandoned` to close.

    Args:
        uri: `sqlite:///` and a path, relative to the current directory or absolute.
        artifacts: the folder that artifacts and models go to.
        experiment: the MLflow experiment, created if absent.
        patience_seconds: how long each call is tried before it raises TrackingError.

    Raises:
        InputError: the uri names no SQLite file; from `prepare`, `finished`, `close_abandoned` and `look`: the store
            is there and cannot be opened. `start`, when there are results to keep, raises TrackingError for this too.
    """

    def __init__(self, *, uri: str, artifacts: str, experiment: str, patience_seconds: float):
        if isinstance(patience_seconds, bool) or not isinstance(patience_seconds, int | float) or patience_seconds < 0:
            raise InputError("tracking.patience_seconds", f"got {patience_seconds!r}", "Write seconds, 0 or more")
        self._uri, self._database = uri, database_path(uri)
        self._artifacts = Path(artifacts).absolute()
        self._experiment = experiment
        self._patience = Patience(patience_seconds)
        self._above: dict[str, str] = {}

    def prepare(self) -> None:
        """Creates the store; a sweep calls this once, so that its workers find it ready."""
        self._open()

    def start(self, name: str, tags: Mapping[str, str], params: Mapping[str, Any]) -> None:
        """Creates the run. A tag or param longer than MLflow takes is cut, and ends in `...`."""
        # Opening comes first: it sets MLflow up to be quiet before it is imported.
        try:
            self._store = self._open()
        except InputError as error:
            raise TrackingError(str(error)) from error
        from mlflow.entities import Param

        run = self._do(
            "create a run",
            self._store.client.create_run,
            self._store.experiment_id,
            run_name=name,
            tags={**_origin(), **self._above, **{key: _cut(str(value), LONGEST_TAG) for key, value in tags.items()}},
        )
        self._run_id, self._files = run.info.run_id, self._artifacts / run.info.run_id / "artifacts"
        for batch in _batches(
            [Param(key, _cut(str(value), LONGEST_PARAM)) for key, value in params.items()], PARAMS_OR_TAGS_A_BATCH
        ):
            self._do("log params", self._store.client.log_batch, self._run_id, params=batch)

    def nested(self) -> "MlflowTracker":
        nested = copy.copy(self)
        nested._above = {PARENT: self._run_id}
        return nested

    def adopt(self, tags: Mapping[str, str]) -> list[Mapping[str, str]]:
        asked = " and ".join(f"tags.`{key}` = '{value}'" for key, value in tags.items())
        adopted, taken = [], {}
        for run in self._do("look runs up", _found, self._store, asked):
            above = run.data.tags.get(PARENT)
            if above not in (None, self._run_id):
                if above not in taken:
                    taken[above] = self._do("look a run up", self._store.client.get_run, above).info.status
                if taken[above] == "FINISHED":
                    continue
            if run.info.status not in ("FINISHED", "FAILED"):
                self._do("remove a run", self._store.client.delete_run, run.info.run_id)
                continue
            if above != self._run_id:
                self._do("nest a run", self._store.client.set_tag, run.info.run_id, PARENT, self._run_id)
            adopted.append(run.data.tags)
        return adopted

    def metrics(self, points: Sequence[tuple[str, float, int]]) -> None:
        from mlflow.entities import Metric

        # One time for all tries: MLflow knows a point that it already has by its name, time, step and value.
        now = int(time.time() * 1000)
        for batch in _batches(
            [Metric(name, float(value), now, int(step)) for name, value, step in points], METRICS_A_BATCH
        ):
            self._do("log metrics", self._store.client.log_batch, self._run_id, metrics=batch)

    def artifact(self, folder: Path) -> None:
        """Keeps every file below `folder`; none is seen there before it is whole."""
        self._patience(f"keep files in {self._files}", copy_whole, Path(folder), self._files)

    def dataset(self, data: Dataset, name: str, digest: str) -> None:
        """Keeps the shapes of the train and the test split as the run's inputs; the arrays are not copied.

        digest: a hash of the data; MLflow shows its first 12 characters.
        """
        inputs = [_dataset_input(data.train, f"{name}_train", digest, "training")]
        inputs.append(_dataset_input(data.test, f"{name}_test", digest, "testing"))

        def log_inputs() -> None:
            # Two runs that bring the same new dataset at once would both insert it, and the second would fail.
            with alone(self._database):
                self._store.client.log_inputs(self._run_id, inputs)

        self._do("describe the data", log_inputs)

    def network(self, model: Any, example: np.ndarray) -> None:
        log_network(self._do, self._store.client, self._store.experiment_id, self._run_id, model, example)

    def close(self, status: str, tags: Mapping[str, str]) -> str:
        self._end(self._store, self._run_id, status, tags)
        return self._run_id

    def finished(self, fingerprints: Collection[str]) -> Mapping[str, Kept]:
        """Neither creates the store nor, where there is none, imports MLflow. Of a curve its last value is given."""
        store = self._find()
        if store is None:
            return {}
        return self._do("look trials up", finished_runs, store.runs, store.experiment_id, fingerprints)

    def close_abandoned(self, alive: Callable[[Mapping[str, str]], bool], status: str, tags: Mapping[str, str]) -> int:
        store, closed = self._find(), 0
        for run in [] if store is None else self._do("look runs up", _found, store, f"attributes.status = '{RUNNING}'"):
            if alive(run.data.tags):
                continue
            # A run may have ended since it was listed, and its process after it.
            now = self._do("look a run up", store.client.get_run, run.info.run_id)
            if now.info.status == RUNNING:
                self._end(store, run.info.run_id, status, tags)
                closed += 1
        return closed

    def find(self, asked: str) -> list[str]:
        from mlflow.exceptions import MlflowException

        store = self._find()
        if store is None:
            found = f"there is no experiment {self._experiment!r} in {self._database}"
            raise InputError("tracking", found, "Write the tracking.uri and the tracking.experiment of your runs")
        try:
            return [run.info.run_id for run in self._do("look runs up", _found, store, asked)]
        except MlflowException as error:
            instead = "Write what MLflow's search box takes, such as tags.sweep = '...'"
            raise InputError("filter", f"{asked!r} is refused ({str(error).splitlines()[0]})", instead) from error

    def read(self, run_ids: Sequence[str]) -> list[KeptRun]:
        store = self._find()
        if store is None:
            return []
        return self._do("read runs", read_runs, store.runs, run_ids, self._artifacts)

    def attach(self, run_id: str, folder: Path) -> None:
        files = self._artifacts / run_id / "artifacts" / folder.name
        self._patience(f"keep files in {files}", copy_whole, folder, files)

    def look(self) -> list[str]:
        """The command that serves the UI, and the page that opens on the comparison."""
        page = view_link(self._open().experiment_id, "variants")
        return [f"To see every run: mlflow ui --backend-store-uri {self._uri}", f"and open {page}"]

    def _end(self, store: Store, run_id: str, status: str, tags: Mapping[str, str]) -> None:
        from mlflow.entities import RunTag

        more = [RunTag(key, _cut(str(value), LONGEST_TAG)) for key, value in tags.items()]
        for batch in _batches(more, PARAMS_OR_TAGS_A_BATCH):
            self._do("log tags", store.client.log_batch, run_id, tags=batch)
        self._do("end a run", store.client.set_terminated, run_id, status)

    def _open(self) -> Store:
        place = (self._database, self._artifacts, self._experiment)
        return self._patience(f"open {self._database}", open_store, *place)

    def _find(self) -> Store | None:
        place = (self._database, self._artifacts, self._experiment)
        return self._patience(f"open {self._database}", find_store, *place)

    def _do(self, doing: str, work: Callable, *arguments: Any, **keywords: Any) -> Any:
        def work_there() -> Any:
            # SQLite would put an empty database in the place of one that is gone.
            if is_absent(self._database):
                raise FileNotFoundError(errno.ENOENT, "the database is gone", str(self._database))
            return work(*arguments, **keywords)

        return self._patience(f"{doing} (store: {self._database})", work_there)


def _found(store: Store, asked: str) -> list[Any]:
    found, page = [], None
    while page is None or page.token:
        page = store.client.search_runs([store.experiment_id], asked, page_token=page and page.token)
        found += page
    return found


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
