"""What is kept of a run on this machine: written whole into its folder first, then delivered to the store.

A trial that was trained is never trained again for the store's sake: its record waits until it is delivered.
"""

import json
import os
import shutil
import tempfile
import traceback
import warnings
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.errors import HarnessError, in_one_line
from harness.run import Files, Run
from harness.spec import Outcome
from harness.tracking.logger import DataDescription, Logger, Opening
from harness.tracking.tracking import Tracking
from harness.trial.points import Points

if TYPE_CHECKING:
    import keras

FOLDER = "record"
DAMAGED = "damaged"
RUN, OUTCOME, NETWORK, EXAMPLE = "run.json", "outcome.json", "network.keras", "example.npy"
NESTED_IN = "nested_in"


@dataclass(frozen=True)
class Record(Files):
    """A record that was written.

    Attributes:
        place: its folder.
        status: how the run ended.
        points: every (metric, value, step).
        tags: short texts that were known at the run's end.
        opening: of a run that is started only when its record is delivered, or None.
    """

    place: Path
    status: str
    points: Points
    tags: Mapping[str, str]
    opening: Opening | None

    def path(self, name: str) -> Path:
        return self.place / "files" / name

    def network(self) -> Path | None:
        file = self.place / NETWORK
        return file if file.exists() else None

    def as_run(self, run_id: str | None = None) -> Run:
        """The run as it is kept, or will be; run_id: None where no store knows it."""
        metrics = {name: value for name, value, _ in self.points}
        steps: dict[str, list[tuple[int, float]]] = {name: [] for name in metrics}
        for name, value, step in self.points:
            steps[name].append((step, value))
        points = {name: np.array(sorted(values), np.float64) for name, values in steps.items()}
        params = {} if self.opening is None else {key: str(value) for key, value in self.opening.params.items()}
        return Run(run_id or "", self.status, self.tags, params, metrics, points, self)


def write(
    folder: Path,
    points: Points,
    tags: Mapping[str, str],
    write_files: Callable[[Path], None],
    network: "tuple[keras.Model, np.ndarray] | None" = None,
    status: str = "FINISHED",
    opening: Opening | None = None,
    outcome: Mapping[str, Any] | None = None,
) -> None:
    """Writes the record of a run below its folder, whole or not at all, also where the power fails.

    Args:
        points: every (metric, value, step).
        tags: short texts that are known of the run at its end.
        write_files: writes the artifacts into the folder it is given.
        network: (the network as it is kept, a batch of inputs for it), or None to keep none.
        status: how the run ended.
        opening: of a run that is started only when its record is delivered.
        outcome: what else a result consists of, as JSON holds it: `baselines`, and of a search `repeats` and `best`.
    """
    partial = folder / f"{FOLDER}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    (partial / "files").mkdir(parents=True)
    if outcome is not None:
        (partial / "files" / OUTCOME).write_text(json.dumps(outcome, indent=1))
    write_files(partial / "files")
    if network:
        model, example = network
        model.save(partial / NETWORK)
        np.save(partial / EXAMPLE, example)
    kept = {"status": status, "points": points, "tags": tags, "opening": opening and asdict(opening)}
    (partial / RUN).write_text(json.dumps({**kept, "sizes": _sizes(partial)}))
    _to_disk(partial)
    partial.replace(folder / FOLDER)
    _sync(folder)


def is_written(folder: Path) -> bool:
    """Whether a record stands below `folder`. A damaged one is moved aside, with a warning, and counts as none."""
    place = folder / FOLDER
    if not place.is_dir():
        return False
    try:
        read(folder)
    except (OSError, ValueError, KeyError, TypeError) as error:
        number = len(list(folder.glob(f"{DAMAGED}_*"))) + 1
        aside = folder / f"{DAMAGED}_{number}"
        place.replace(aside)
        warnings.warn(f"the record in {place} is damaged ({error}) and moved to {aside}", stacklevel=2)
        return False
    return True


def read(folder: Path) -> Record:
    """The record below `folder`.

    Raises:
        OSError, ValueError, KeyError or TypeError: there is none, or it is damaged.
    """
    place = folder / FOLDER
    written = json.loads((place / RUN).read_text())
    if (sizes := _sizes(place)) != written["sizes"]:
        changed = sorted(name for name, _ in sizes.items() ^ written["sizes"].items())
        raise ValueError(f"not as they were written: {', '.join(dict.fromkeys(changed))}")
    opening = written["opening"]
    if opening:
        data = opening["data"] and DataDescription(**opening["data"])
        opening = Opening(**{**opening, "data": data})
    return Record(place, written["status"], written["points"], written["tags"], opening)


def deliver(folder: Path, tracking: Tracking, logger: Logger) -> Run:
    """Hands a record, and those of the runs below it, to a logger on which the run was started, and ends the run.

    Returns the run as it is kept; its files are those of the record, which stays.
    """
    record = read(folder)
    deliver_nested(folder, tracking, logger)
    if record.network():
        logger.network(record.place)
    logger.metrics(record.points)
    if any((record.place / "files").iterdir()):
        logger.files(record.place / "files")
    logger.close(record.status, record.tags)
    return record.as_run(logger.run_id)


def deliver_nested(folder: Path, tracking: Tracking, logger: Logger) -> None:
    """Keeps every record `folder/<kind>/<number>` below the logger's run, each once, whenever it was written."""
    places = sorted(place.parent for place in folder.glob(f"*/*/{FOLDER}") if is_written(place.parent))
    if not places:
        return
    kept = {tags["nested"] for tags in tracking.store.adopt(logger.run_id, {NESTED_IN: folder.name})}
    for place in places:
        if str(place.relative_to(folder)) not in kept:
            deliver_below(folder, place, tracking, logger)


def deliver_below(folder: Path, place: Path, tracking: Tracking, logger: Logger) -> None:
    """Keeps the record of `place` below the logger's run, which is that of `folder`; the store has none of it yet."""
    own = read(place).opening
    if own is not None:
        nested = logger.below()
        key = str(place.relative_to(folder))
        nested.start(replace(own, tags={**own.tags, NESTED_IN: folder.name, "nested": key}))
        deliver(place, tracking, nested)


def outcome_of(
    run: Run, labels: Mapping[str, str], seed: int, fold: int, fingerprint: str, reason: str = ""
) -> Outcome:
    """The row of a trial that was trained, now or before; its files must be there still."""
    return Outcome(
        status="FINISHED",
        labels=labels,
        seed=seed,
        fold=fold,
        metrics=run.scalars,
        baselines=run.outcome["baselines"],
        fingerprint=fingerprint,
        seconds=float(run.tags["seconds"]),
        reason=reason,
        run_id=run.run_id or None,
        repeats=run.outcome.get("repeats", {}),
        note=run.tags.get("note", ""),
    )


@dataclass(frozen=True)
class Failure:
    """Why a run failed, as it is kept; trace: None where the reason says all there is."""

    reason: str
    trace: str | None


def failure_of(error: BaseException) -> Failure:
    """What is kept of an error."""
    trace = None if isinstance(error, HarnessError) else "".join(traceback.format_exception(error))
    return Failure(in_one_line(error), trace)


def close_failed(logger: Logger, failure: Failure) -> None:
    """Ends a run as FAILED with the reason, and with the traceback where there is one."""
    if failure.trace is not None:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "traceback.txt").write_text(failure.trace)
            logger.files(Path(folder))
    logger.close("FAILED", {"failure": failure.reason})


def _sizes(place: Path) -> dict[str, int]:
    """In bytes, of every file of a record but for the one that says them."""
    files = (file for file in place.rglob("*") if file.is_file() and file != place / RUN)
    return {file.relative_to(place).as_posix(): file.stat().st_size for file in files}


def _to_disk(place: Path) -> None:
    """Has every file below `place`, and every folder, written to the disk."""
    for path in (*place.rglob("*"), place):
        _sync(path)


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
