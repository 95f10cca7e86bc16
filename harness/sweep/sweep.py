"""A sweep: every combination as a trial, on whichever launcher, with one run of its own in the store."""

import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from hydra.utils import instantiate

from harness.contracts import Outcome
from harness.report.table import to_csv, to_text
from harness.report.terminal import tell_sweep
from harness.sweep.grid import combinations
from harness.sweep.outcomes import read_outcomes
from harness.sweep.progress import Progress


def run_sweep(
    config: Any, loader: Any, launcher: Any, params: Mapping[str, str], arguments: Sequence[str]
) -> list[Outcome]:
    """Runs the trials, shows how they go, and ends with the table.

    Every combination is composed before the first is trained, so that a wrong key or choice stops the sweep at once.
    Ends the process with status 1 where a trial failed; the others are kept all the same.

    Args:
        config: the sweep's own composed config.
        loader, launcher: Hydra's.
        params, arguments: see `combinations`.
    """
    jobs = combinations(loader, params, arguments)
    for overrides in jobs:
        loader.load_sweep_config(config, overrides)
    tracker = instantiate(config.tracking)
    tracker.prepare()
    folder = _new_folder(Path(config.sweep.folder))
    (folder / "sweep.yaml").write_text(yaml.safe_dump({"params": dict(params), "arguments": list(arguments)}))
    tags = {"role": "sweep", "sweep": folder.name}
    tracker.start(f"sweep {folder.name}", tags, {"trials": len(jobs), "overrides": " ".join(arguments)})
    try:
        with Progress(folder, len(jobs)):
            launcher.launch([[*overrides, f"sweep.id={folder.name}"] for overrides in jobs], initial_job_idx=0)
    except BaseException:
        tracker.close("KILLED", {})
        raise
    outcomes = list(read_outcomes(folder).values())
    _keep(tracker, outcomes, folder)
    tell_sweep(outcomes, folder, tracker.look())
    if any(outcome.status != "FINISHED" for outcome in outcomes):
        sys.exit(1)
    return outcomes


def _keep(tracker: Any, outcomes: Sequence[Outcome], folder: Path) -> None:
    (folder / "table.csv").write_text(to_csv(outcomes))
    (folder / "table.txt").write_text(to_text(outcomes))
    finished = sum(outcome.status == "FINISHED" for outcome in outcomes)
    tracker.metrics([("finished", finished, 0), ("failed", len(outcomes) - finished, 0)])
    with tempfile.TemporaryDirectory() as kept:
        for name in ("table.csv", "table.txt", "sweep.yaml"):
            (Path(kept) / name).write_bytes((folder / name).read_bytes())
        tracker.artifact(Path(kept))
    tracker.close("FINISHED", {"mlflow.note.content": f"```\n{to_text(outcomes)}\n```"})


def _new_folder(root: Path) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    name = f"{datetime.now():%Y-%m-%d_%H-%M-%S}"
    for attempt in range(1, 1000):
        folder = root / (name if attempt == 1 else f"{name}_{attempt}")
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise FileExistsError(root / name)
