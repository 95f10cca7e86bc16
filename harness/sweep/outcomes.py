"""The outcomes of a sweep's trials as files, one each: how the parent sees what its workers have done."""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.contracts import Outcome


def write_outcome(folder: Path, number: int, outcome: Mapping[str, Any]) -> None:
    """Writes an outcome whole or not at all."""
    folder = folder / "outcomes"
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".{number}.{os.getpid()}"
    partial.write_text(json.dumps(outcome))
    partial.replace(folder / f"{number}.json")


def forget_outcomes(folder: Path) -> None:
    """Removes what an earlier start of the sweep left."""
    shutil.rmtree(folder / "outcomes", ignore_errors=True)


def read_outcomes(folder: Path) -> dict[int, Outcome]:
    """All outcomes written so far, by the number of their trial."""
    files = (folder / "outcomes").glob("*.json")
    return dict(sorted((int(file.stem), Outcome(**json.loads(file.read_text()))) for file in files))
