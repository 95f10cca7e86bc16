"""A place of runs on an MLflow server, which keeps their files too."""

import os
import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from harness.errors import InputError
from harness.tracking.mlflow import answers
from harness.tracking.mlflow.answers import PASSWORD, REFUSED_INSTEAD, REFUSING_STATUS, THIS_USER, USER
from harness.tracking.mlflow.description import EXPERIMENT_TAGS
from harness.tracking.mlflow.place import Given, Result, Store
from harness.tracking.mlflow.remote_files import RemoteFiles, forget
from harness.tracking.mlflow.remote_runs import RemoteStore
from harness.tracking.mlflow.retry import Retry
from harness.tracking.mlflow.store import import_quietly, refuse_deleted

if TYPE_CHECKING:
    from mlflow import MlflowClient

SCHEMES = ("http://", "https://")
# `Retry` alone tries again. A server that takes a connection and does not answer is given up after so many seconds.
SETTINGS = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
# Logged models came with this version.
OLDEST = 3
START = "mlflow server --backend-store-uri ... --artifacts-destination ... --serve-artifacts"


def is_address(uri: object) -> bool:
    """Whether `uri` is that of a server."""
    return str(uri).lower().startswith(SCHEMES)


@dataclass(frozen=True)
class RemotePlace:
    """The `Place` of an experiment on a server.

    Attributes:
        uri: its address, without a slash at its end.
        retry: does the work, and tries again.
    """

    uri: str
    experiment: str
    retry: Retry

    @classmethod
    def of(cls, uri: str, experiment: str, retry_seconds: float) -> "RemotePlace":
        """Raises InputError for an address that has no host, or holds a password."""
        return cls(_checked_address(str(uri)), experiment, Retry(retry_seconds, answers))

    @property
    def name(self) -> str:
        return self.uri

    @property
    def is_shared(self) -> bool:
        return True

    def open(self) -> RemoteStore:
        def opened() -> RemoteStore:
            client = self._connect()
            found = client.get_experiment_by_name(self.experiment) or _create(client, self.experiment)
            return self._store(client, found)

        return self.retry(f"open {self.uri}", _refusing(self.uri, opened))

    def find(self) -> RemoteStore | None:
        def found() -> RemoteStore | None:
            client = self._connect()
            there = client.get_experiment_by_name(self.experiment)
            return None if there is None else self._store(client, there)

        return self.retry(f"open {self.uri}", _refusing(self.uri, found))

    def experiments(self) -> list[str]:
        """The names of all experiments that can be read there. Errors: `open`."""

        def found() -> list[str]:
            client, names, token = self._connect(), [], None
            while True:
                page = client.search_experiments(page_token=token)
                names += [experiment.name for experiment in page]
                token = page.token
                if not token:
                    return names

        return self.retry(f"open {self.uri}", _refusing(self.uri, found))

    def do(self, doing: str, work: Callable[Given, Result], *arguments: Given.args, **keywords: Given.kwargs) -> Result:
        return self.retry(f"{doing} (store: {self.uri})", work, *arguments, **keywords)

    def alone(self) -> AbstractContextManager[None]:
        """Holds nobody off: what two clients do at once is refused to one of them, who tries again."""
        return nullcontext()

    def keep_files(self, store: Store, run_id: str, folder: Path, below: str = "") -> None:
        self.do("keep files", store.client.log_artifacts, run_id, str(folder), below or None)
        forget(self.uri, run_id)

    def keep_network(self, logged: Any, folder: Path) -> None:
        self._connect().log_model_artifacts(logged.model_id, str(folder))

    def files(self, store: Store, run_id: str, status: str) -> RemoteFiles:
        return RemoteFiles(self, store, run_id, status)

    def serve(self, host: str, port: int | None, on_start: Callable[[str], None]) -> None:
        """The server has a page of its own."""
        on_start(self.uri)

    def _connect(self) -> "MlflowClient":
        _set_up()
        from mlflow import MlflowClient

        return MlflowClient(self.uri)

    def _store(self, client: "MlflowClient", experiment: Any) -> RemoteStore:
        refuse_deleted(experiment)
        if urlsplit(experiment.artifact_location).scheme in ("", "file"):
            found = (
                f"the experiment {experiment.name!r} at {self.uri} keeps its files in a folder of the server's machine"
            )
            instead = f"Start the server with `{START}`, and write another tracking.experiment"
            raise InputError("tracking.experiment", f"{found}, {experiment.artifact_location}", instead)
        return RemoteStore(client, self.uri, experiment.experiment_id)


def _checked_address(uri: str) -> str:
    """The address as MLflow takes it. What it refuses is not shown: it may hold a password."""
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if "@" in uri:
        found = "the address holds a user or a password, which would be kept with every run"
        raise InputError("tracking.uri", found, f"Leave it out, and set {USER} and {PASSWORD} in the environment")
    if not host or parts.query or parts.fragment:
        raise InputError(
            "tracking.uri", f"{uri!r} is no address of a server", "Write one such as http://127.0.0.1:5000"
        )
    return uri.rstrip("/")


def _refusing(uri: str, work: Callable[[], Result]) -> Callable[[], Result]:
    """`work`, behind a look at what answers, where that was not yet found to be MLflow."""

    def looked_at() -> Result:
        try:
            if uri not in _known:
                _look(uri)
                _known.add(uri)
            return work()
        except Exception as error:
            if answers.is_refused(error):
                raise InputError("tracking.uri", f"{uri} refuses {THIS_USER}", REFUSED_INSTEAD) from error
            raise

    return looked_at


_known: set[str] = set()


def _set_up() -> None:
    """Imports MLflow, which is quiet then, and tries nothing again by itself."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    import_quietly()


def _look(uri: str) -> None:
    _set_up()
    from mlflow.utils.credentials import get_default_host_creds
    from mlflow.utils.rest_utils import http_request

    answer: Any = http_request(get_default_host_creds(uri), "/version", "GET")
    if answer.status_code in REFUSING_STATUS:
        raise InputError("tracking.uri", f"{uri} refuses {THIS_USER}", REFUSED_INSTEAD)
    version = re.fullmatch(r"(\d+)\.\d+\S*", answer.text.strip()) if answer.status_code == 200 else None
    if version is None:
        found = f"what answers at {uri} is no MLflow server (its /version has status {answer.status_code})"
        raise InputError("tracking.uri", found, "Write the address of one, such as http://127.0.0.1:5000")
    if int(version[1]) < OLDEST:
        found = f"the server at {uri} is MLflow {version[0]}, which keeps no networks"
        raise InputError("tracking.uri", found, f"Update it to MLflow {OLDEST} or later")


def _create(client: "MlflowClient", name: str) -> Any:
    from mlflow.exceptions import MlflowException

    try:
        client.create_experiment(name, tags=EXPERIMENT_TAGS)
    except MlflowException as error:
        # Another process was faster.
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    return client.get_experiment_by_name(name)
