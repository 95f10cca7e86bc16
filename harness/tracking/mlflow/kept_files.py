"""The files of one run, in the folder of artifacts."""

from dataclasses import dataclass
from pathlib import Path

from harness.tracking.mlflow.logged_network import network_file
from harness.tracking.mlflow.place import Place
from harness.tracking.mlflow.store import Store


@dataclass(frozen=True)
class KeptFiles:
    """The `Files` of a run in MLflow."""

    place: Place
    store: Store
    run_id: str

    def path(self, name: str) -> Path:
        return self.place.files_of(self.run_id) / name

    def network(self) -> Path | None:
        return self.place.do("find the network", network_file, self.store.client, self.place.artifacts, self.run_id)
