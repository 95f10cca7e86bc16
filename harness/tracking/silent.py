"""A store that keeps nothing."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from harness.errors import InputError
from harness.metrics import Metrics
from harness.run import Run
from harness.tracking.logger import Opening


class SilentLogger:
    """The `Logger` of a run that leaves no trace."""

    @property
    def run_id(self) -> None:
        return None

    def start(self, opening: Opening) -> None:
        pass

    def metrics(self, points: Sequence[tuple[str, float, int]]) -> None:
        pass

    def files(self, folder: Path) -> None:
        pass

    def network(self, folder: Path) -> None:
        pass

    def close(self, status: str, tags: Mapping[str, str]) -> None:
        pass

    def below(self) -> "SilentLogger":
        return SilentLogger()


class SilentStore:
    """The `RunStore` in which no run is ever found."""

    def prepare(self, metrics: Metrics) -> None:
        pass

    def logger(self) -> SilentLogger:
        return SilentLogger()

    def finished(self, fingerprints: Collection[str]) -> Mapping[str, Run]:
        return {}

    def find(self, tags: Mapping[str, str], below: str | None = None) -> list[str]:
        return []

    def select(self, words: str) -> list[str]:
        return []

    def read(self, run_ids: Sequence[str]) -> list[Run]:
        return []

    def close_abandoned(self, alive: Callable[[Mapping[str, str]], bool], status: str, tags: Mapping[str, str]) -> int:
        return 0

    def adopt(self, run_id: str | None, tags: Mapping[str, str]) -> list[Mapping[str, str]]:
        return []

    def attach(self, run_id: str, folder: Path) -> None:
        pass

    def describe(self, words: Sequence[str]) -> list[str]:
        return []

    def pages(self, run: Run, sweep: Run) -> list[str]:
        return []

    def register(self, run_id: str, name: str, alias: str, tags: Mapping[str, str], text: str) -> str:
        raise InputError("tracking", "nothing is kept", "Choose another one, such as tracking=mlflow")

    def loading(self, name: str, alias: str) -> str:
        raise InputError("tracking", "nothing is kept", "Choose another one, such as tracking=mlflow")

    def page(self, metrics: Metrics, sweep: Run | None) -> str:
        raise InputError("tracking", "nothing is kept", "Choose another one, such as tracking=mlflow")

    def serve(self, host: str, port: int | None, on_start: Callable[[str], None]) -> None:
        raise InputError("tracking", "nothing is kept", "Choose another one, such as tracking=mlflow")
