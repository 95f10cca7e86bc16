"""Writes runs as plain files, for whatever reads CSV and JSON."""

import csv
import json
import os
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import uuid4

from harness.errors import TrackingError
from harness.kinds import Folder
from harness.tracking.logger import Opening
from harness.tracking.whole_files import copy_whole

RUN, METRICS, FILES, NETWORK = "run.json", "metrics.csv", "files", "network"


class CsvLogger:
    """The `Logger` that gives each run a folder of its own. Constructing it writes nothing.

    The folder holds run.json (name, status, tags, params, data, and the folder of the run that it belongs to),
    metrics.csv (metric, value, step), files/ and network/. A run whose process died stays RUNNING.

    Args:
        folder: where the runs' folders are; relative to the current directory as it is now, or absolute.
        above: the folder of the run that this one belongs to, or None.
    """

    def __init__(self, *, folder: Folder, above: str | None = None):
        self._root, self._above = Path(folder).absolute(), above
        self._folder: Path | None = None
        self._run: dict[str, Any] = {}

    @property
    def run_id(self) -> None:
        return None

    def start(self, opening: Opening) -> None:
        self._folder = self._root / f"{time.strftime('%Y-%m-%d_%H-%M-%S')}_{uuid4().hex[:8]}"
        self._run = {"status": "RUNNING", "above": self._above, **asdict(opening)}
        with _keeping(self._place):
            self._place.mkdir(parents=True)
            self._write_run()
            with (self._place / METRICS).open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerow(["metric", "value", "step"])

    def metrics(self, points: Sequence[tuple[str, float, int]]) -> None:
        with _keeping(self._place), (self._place / METRICS).open("a", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(
                (name, repr(float(v)), int(step)) for name, v, step in points
            )

    def files(self, folder: Path) -> None:
        with _keeping(self._place):
            copy_whole(folder, self._place / FILES)

    def network(self, folder: Path) -> None:
        with _keeping(self._place):
            (self._place / NETWORK).mkdir(exist_ok=True)
            for name in ("network.keras", "example.npy"):
                shutil.copyfile(folder / name, self._place / NETWORK / name)

    def close(self, status: str, tags: Mapping[str, str]) -> None:
        self._run |= {"status": status, "tags": {**self._run["tags"], **tags}}
        with _keeping(self._place):
            self._write_run()

    def below(self) -> "CsvLogger":
        return CsvLogger(folder=str(self._root), above=self._place.name)

    @property
    def _place(self) -> Path:
        if self._folder is None:
            raise TrackingError(f"the run was not started (folder: {self._root})")
        return self._folder

    def _write_run(self) -> None:
        partial = self._place / f"{RUN}.partial"
        partial.write_text(json.dumps(self._run, indent=1), "utf-8")
        os.replace(partial, self._place / RUN)


@contextmanager
def _keeping(place: Path):
    try:
        yield
    except OSError as error:
        found = f"cannot keep a run in {place} ({error})"
        raise TrackingError(f"{found}. See to that disk, or write another tracking.also.csv.folder") from error
