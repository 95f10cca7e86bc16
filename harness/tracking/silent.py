"""A tracker that keeps nothing."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from harness.spec import Dataset, Kept, KeptRun


class SilentTracker:
    """The `Tracker` for a trial that leaves no trace; `close` returns None."""

    def prepare(self) -> None:
        pass

    def start(self, name: str, tags: Mapping[str, str], params: Mapping[str, Any]) -> None:
        pass

    def nested(self) -> "SilentTracker":
        return SilentTracker()

    def adopt(self, tags: Mapping[str, str]) -> list[Mapping[str, str]]:
        return []

    def metrics(self, points: Sequence[tuple[str, float, int]]) -> None:
        pass

    def artifact(self, folder: Path) -> None:
        pass

    def dataset(self, data: Dataset, name: str, digest: str) -> None:
        pass

    def network(self, model: Any, example: np.ndarray) -> None:
        pass

    def close(self, status: str, tags: Mapping[str, str]) -> None:
        pass

    def finished(self, fingerprints: Collection[str]) -> Mapping[str, Kept]:
        return {}

    def close_abandoned(self, alive: Callable[[Mapping[str, str]], bool], status: str, tags: Mapping[str, str]) -> int:
        return 0

    def find(self, asked: str) -> list[str]:
        return []

    def read(self, run_ids: Sequence[str]) -> list[KeptRun]:
        return []

    def attach(self, run_id: str, folder: Path) -> None:
        pass

    def look(self) -> list[str]:
        return []
