"""Brings the files of runs from an MLflow server, each when it is asked for."""

import os
import posixpath
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from harness.tracking.mlflow.logged_network import FILE, kept_network
from harness.tracking.mlflow.place import Place, Store

FINISHED = "FINISHED"
# The folder, in a run's, of what was brought of its network.
NETWORK = ".network"


@dataclass(frozen=True)
class RemoteFiles:
    """The `Files` of a run on a server. What a FINISHED run holds is brought once; of others anew each time."""

    place: Place
    store: Store
    run_id: str
    status: str
    _listed: dict[str, set[str]] = field(default_factory=dict)

    def path(self, name: str) -> Path:
        place = brought(self.place.uri, self.run_id) / name
        if self.status == FINISHED and place.exists():
            return place
        _remove(place)
        if self._is_there(name):
            self.place.do(f"bring {name}", self._bring, self._location(), name, place)
        return place

    def network(self) -> Path | None:
        logged = self.place.do("find the network", kept_network, self.store, self.run_id)
        if logged is None:
            return None
        place = brought(self.place.uri, self.run_id) / NETWORK / FILE
        if not place.exists():
            self.place.do("bring the network", self._bring, logged.artifact_location, FILE, place)
        return place

    def _is_there(self, name: str) -> bool:
        above, _, own = name.rpartition("/")
        # What has no folder is not there either.
        if above and not self._is_there(above):
            return False
        if above not in self._listed or self.status != FINISHED:
            found = self.place.do("list files", self.store.client.list_artifacts, self.run_id, above or None)
            self._listed[above] = {posixpath.basename(file.path) for file in found}
        return own in self._listed[above]

    def _location(self) -> str:
        return str(self.place.do("look a run up", self.store.client.get_run, self.run_id).info.artifact_uri)

    def _bring(self, location: str, name: str, place: Path) -> None:
        """Brings a file, or a folder; it stands in its place once it is whole."""
        from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=_cache(os.getpid())) as folder:
            repository: Any = get_artifact_repository(location, tracking_uri=self.place.uri)
            repository.download_artifacts(name, folder)
            _remove(place)
            Path(folder, name).replace(place)


def brought(uri: str, run_id: str) -> Path:
    """The folder of what was brought of a run; it ends with the process."""
    from hashlib import sha256

    return _cache(os.getpid()) / sha256(uri.encode()).hexdigest()[:16] / run_id


def forget(uri: str, run_id: str) -> None:
    """Of a run that was given further files, all is brought anew."""
    shutil.rmtree(brought(uri, run_id), ignore_errors=True)


def _remove(place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place)
    else:
        # A file may stand where its folder would.
        with suppress(FileNotFoundError, NotADirectoryError):
            place.unlink()


@lru_cache(maxsize=1)
def _opened(process: int) -> tempfile.TemporaryDirectory[str]:
    # Of its own for each process: one that was forked must not remove what its parent brought.
    return tempfile.TemporaryDirectory(prefix="harness-")


def _cache(process: int) -> Path:
    return Path(_opened(process).name)
