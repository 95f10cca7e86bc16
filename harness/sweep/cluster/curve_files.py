"""The points of learning curves on a disk that several machines share: one file a trial, a line an epoch."""

import json
from pathlib import Path

from harness.trial.points import Point


def append_points(file: Path, points: list[Point]) -> None:
    """Adds a line; the file's folder need not exist."""
    file.parent.mkdir(exist_ok=True)
    with file.open("a", encoding="utf-8") as opened:
        opened.write(f"{json.dumps(points)}\n")


class CurveFiles:
    """Reads what was added since the last time. folder: of the files, each named by its trial's number."""

    def __init__(self, folder: Path):
        self._folder, self._read = folder, dict[int, int]()

    def fresh(self, number: int) -> list[Point]:
        """The points of the lines that are whole."""
        file = self._folder / str(number)
        if not file.exists():
            return []
        with file.open("rb") as opened:
            opened.seek(self._read.get(number, 0))
            whole = opened.read().rpartition(b"\n")[0]
        if not whole:
            return []
        self._read[number] = self._read.get(number, 0) + len(whole) + 1
        return [(name, value, step) for line in whole.splitlines() for name, value, step in json.loads(line)]
