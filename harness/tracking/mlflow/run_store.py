"""Finds and reads runs in MLflow: a SQLite file and a folder of artifacts, or a server."""

import shlex
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Annotated, TypeAlias

from annotated_types import Interval

from harness import kinds
from harness.errors import InputError
from harness.kinds import Folder, Text
from harness.metrics import Metrics
from harness.run import Run
from harness.tracking.mlflow.heartbeat import lives_elsewhere
from harness.tracking.mlflow.local_place import LocalPlace
from harness.tracking.mlflow.logged_network import remove_networks
from harness.tracking.mlflow.logger import PARENT, MlflowLogger, end
from harness.tracking.mlflow.place import Place, Store
from harness.tracking.mlflow.register import register
from harness.tracking.mlflow.remote_place import RemotePlace, is_address
from harness.tracking.mlflow.saved_views import SWEEP_VIEW, selecting, spread_view, sweep_view, update_views, view_page
from harness.tracking.mlflow.search import search, with_tags
from harness.tracking.sweeps import trials_of

RUNNING = "RUNNING"
# At most a week.
RetrySeconds: TypeAlias = Annotated[float, Interval(ge=0, le=604_800)]


class MlflowStore:
    """The `RunStore` of MLflow. Constructing it writes nothing and does not import MLflow.

    Args:
        uri: `sqlite:///` and a path, relative to the current directory or absolute; or the address of a server.
        artifacts: the folder that artifacts and networks go to; a server has a place of its own for them.
        experiment: the MLflow experiment, created if absent.
        retry_seconds: how long each call is tried again before it raises TrackingError.

    Raises:
        InputError: the uri names no SQLite file and no server; from every call: what is there cannot be opened.
    """

    def __init__(self, *, uri: kinds.Path, artifacts: Folder, experiment: Text, retry_seconds: RetrySeconds):
        self._place: Place = (
            RemotePlace.of(uri, experiment, retry_seconds)
            if is_address(uri)
            else LocalPlace.of(uri, artifacts, experiment, retry_seconds)
        )

    def prepare(self, metrics: Metrics) -> None:
        store = self._place.open()
        self._place.do("write the saved views", update_views, store.client, store.experiment_id, metrics)

    def logger(self) -> MlflowLogger:
        return MlflowLogger(self._place)

    def finished(self, fingerprints: Collection[str]) -> Mapping[str, Run]:
        """Neither creates the store nor, where there is none, imports MLflow."""
        store = self._place.find()
        if store is None:
            return {}
        found, status = self._place.do("look trials up", store.finished, fingerprints), "FINISHED"
        return {
            name: Run(run_id, status, tags, params, metrics, {}, self._place.files(store, run_id, status))
            for name, (run_id, tags, params, metrics) in found.items()
        }

    def find(self, tags: Mapping[str, str], below: str | None = None) -> list[str]:
        store = self._existing()
        asked = {**tags, **({} if below is None else {PARENT: below})}
        return self._place.do("look runs up", store.find, asked)

    def select(self, words: str) -> list[str]:
        from mlflow.exceptions import MlflowException

        store = self._existing()
        try:
            return [run.info.run_id for run in self._place.do("look runs up", search, store, words)]
        except MlflowException as error:
            instead = "Write what MLflow's search box takes, such as tags.sweep = '...'"
            raise InputError("filter", f"{words!r} is refused ({str(error).splitlines()[0]})", instead) from error

    def read(self, run_ids: Sequence[str]) -> list[Run]:
        store = self._place.find()
        if store is None:
            return []
        found = self._place.do("read runs", store.read, run_ids)
        return [Run(*kept, self._place.files(store, *kept[:2])) for kept in found]

    def close_abandoned(self, alive: Callable[[Mapping[str, str]], bool], status: str, tags: Mapping[str, str]) -> int:
        store, closed = self._place.find(), 0
        if store is None:
            return 0
        for run in self._place.do("look runs up", search, store, f"attributes.status = '{RUNNING}'"):
            if alive(run.data.tags) or (self._place.is_shared and lives_elsewhere(run.data.tags)):
                continue
            # A run may have ended since it was listed, and its process after it.
            now = self._place.do("look a run up", store.client.get_run, run.info.run_id)
            if now.info.status == RUNNING:
                end(self._place, store, run.info.run_id, status, tags)
                self._place.do("remove networks", remove_networks, store, run.info.run_id)
                closed += 1
        return closed

    def adopt(self, run_id: str | None, tags: Mapping[str, str]) -> list[Mapping[str, str]]:
        if run_id is None:
            raise ValueError("only a run of this store takes others below it")
        store = self._existing()
        client, adopted = store.client, []
        taken: dict[str, str] = {}
        for run in self._place.do("look runs up", search, store, with_tags(tags)):
            above = run.data.tags.get(PARENT)
            if above not in (None, run_id):
                if above not in taken:
                    taken[above] = self._place.do("look a run up", client.get_run, above).info.status
                if taken[above] == "FINISHED":
                    continue
            if run.info.status not in ("FINISHED", "FAILED"):
                self._place.do("remove a run", client.delete_run, run.info.run_id)
                continue
            if above != run_id:
                self._place.do("nest a run", client.set_tag, run.info.run_id, PARENT, run_id)
            adopted.append(run.data.tags)
        return adopted

    def attach(self, run_id: str, folder: Path) -> None:
        self._place.keep_files(self._existing(), run_id, folder, folder.name)

    def describe(self, words: Sequence[str]) -> list[str]:
        """The command that serves the UI at the comparison."""
        return [f"To compare them in MLflow: {shlex.join(['python', '-m', 'harness.ui', *words])}"]

    def page(self, metrics: Metrics, sweep: Run | None) -> str:
        """Of a sweep, a saved view of its trials alone, in the place of that of the sweep that was last asked for."""
        store = self._existing()
        if sweep is None:
            return view_page(store.experiment_id, "variants")
        ids = [run.run_id for run in trials_of(self, sweep)]
        own = self.find({"role": "trial", "sweep": sweep.tags["sweep"]})
        words = selecting(sweep.tags["sweep"], ids, own)
        title = f"Sweep {sweep.tags['sweep']}"
        views = [
            sweep_view(metrics, title, words),
            spread_view(metrics, f"{title}: mean and deviation", sweep.run_id),
        ]
        for view in views:
            self._place.do("write the saved view", store.client.set_experiment_tag, store.experiment_id, *view)
        return view_page(store.experiment_id, SWEEP_VIEW)

    def pages(self, run: Run, sweep: Run) -> list[str]:
        below = f"#/experiments/{self._existing().experiment_id}/runs"
        report = f"{below}/{sweep.run_id}/artifacts/report/index.html"
        return [f"[The run]({below}/{run.run_id})", f"[The report of its sweep]({report})"]

    def register(self, run_id: str, name: str, alias: str, tags: Mapping[str, str], text: str) -> str:
        from mlflow.exceptions import MlflowException

        store = self._existing()
        given = store, self._place.uri, run_id, name, alias, tags, text
        try:
            return self._place.do("register the network", register, *given)
        except MlflowException as error:
            found = str(error).splitlines()[0]
            raise InputError("--name", f"MLflow refuses {name!r} or {alias!r} ({found})", "Write another") from error

    def loading(self, name: str, alias: str) -> str:
        words = f"mlflow.set_tracking_uri({self._place.uri!r})", f"mlflow.pyfunc.load_model('models:/{name}@{alias}')"
        return f"import mlflow; {'; '.join(words)}"

    def serve(self, host: str, port: int | None, on_start: Callable[[str], None]) -> None:
        self._existing()
        self._place.serve(host, port, on_start)

    def _existing(self) -> Store:
        store = self._place.find()
        if store is None:
            found = f"there is no experiment {self._place.experiment!r} in {self._place.name}"
            raise InputError("tracking", found, "Write the tracking.uri and the tracking.experiment of your runs")
        return store
