"""The outcomes of a sweep's trials as files, one each: how the parent sees what its workers have done."""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from harness.spec import Outcome


def write_outcome(folder: Path, number: int, outcome: Mapping[str, object]) -> None:
    """Writes an outcome whole or not at all."""
    _write(folder / "outcomes", number, outcome)


def write_standing(folder: Path, number: int, standing: Any) -> None:
    """Writes how far the search of a trial is; standing: a dataclass."""
    _write(folder / "searches", number, asdict(standing))


def forget_outcomes(folder: Path) -> None:
    """Removes what an earlier start of the sweep left."""
    for kind in ("outcomes", "searches", "signs"):
        shutil.rmtree(folder / kind, ignore_errors=True)


def read_outcomes(folder: Path) -> dict[int, Outcome]:
    """All outcomes written so far, by the number of their trial."""
    return {number: Outcome(**found) for number, found in _read(folder / "outcomes").items()}


def read_standings(folder: Path) -> dict[int, dict[str, Any]]:
    """How far each search that has begun is, by the number of its trial."""
    return _read(folder / "searches")


def _write(folder: Path, number: int, content: Mapping[str, object]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".{number}.{os.getpid()}"
    partial.write_text(json.dumps(content))
    partial.replace(folder / f"{number}.json")


def _read(folder: Path) -> dict[int, dict[str, Any]]:
    return dict(sorted((int(file.stem), json.loads(file.read_text())) for file in folder.glob("*.json")))
