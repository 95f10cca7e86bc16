"""What is kept of a trial: written whole into its folder first, then delivered to the store.

A trial that was trained is never trained again for the store's sake: its record waits until it is delivered.
"""

import json
import shutil
import subprocess
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from harness.config.keys import FOLLOWS
from harness.config.variant import variant_name
from harness.errors import HarnessError
from harness.run import Files, Run
from harness.spec import DataDescription, Dataset, Logger, Opening, Outcome
from harness.tracking.tracking import Tracking
from harness.trial.by_series import write_by_series
from harness.trial.evaluation import NETWORK
from harness.trial.fingerprint import versions
from harness.trial.inputs import Inputs

if TYPE_CHECKING:
    import keras

FOLDER = "record"
OUTCOME = "outcome.json"
NESTED_IN = "nested_in"
# Metrics of the machine, not of the result.
MEASURED = {"train_seconds", "evaluate_seconds", "peak_memory_mb", "curve/seconds"}
# A search counts by the space that it takes, `search.space`; this one is only where that may come from.
SPACE = "model.search_space"
# Labels that a variant's name has no room for, or has already.
SHOWN_ELSEWHERE = ("loss", "weights", "search.space")
FOLLOWER = "follows the replicate"


def opening(
    config: Mapping[str, Any],
    names: Mapping[str, str],
    labels: Mapping[str, str],
    sweep: str | None,
    inputs: Inputs | None = None,
) -> Opening:
    """What a run is given at its start; without `inputs`, one that never got to train."""
    more = {key: value for key, value in labels.items() if key not in SHOWN_ELSEWHERE}
    variant = variant_name({"loss": names["loss"], "weights": names["weights"], **more})
    tags = {"role": "trial", "variant": variant, **names, "git_commit": _git_commit()}
    tags |= {f"version_{name}": version for name, version in versions().items()}
    tags |= {"seed": str(config["seed"]), "fold": str(config["fold"]), "weights_rule": config["rescale_weights"]}
    # A value that only follows the replicate would make a variant of each replicate.
    known = {key: FOLLOWER if key in config[FOLLOWS] else value for key, value in _flat(config)}
    params = {key: value for key, value in known.items() if key != FOLLOWS and not key.startswith(SPACE)}
    if sweep:
        tags["sweep"] = sweep
    if inputs:
        tags |= {"fingerprint": inputs.fingerprint, "data_hash": inputs.data_hash, "weights_hash": inputs.weights_hash}
    data = _description(names["data"], inputs.data, inputs.data_hash) if inputs else None
    fold = f" fold {config['fold']}" if config["fold"] else ""
    return Opening(f"{variant} seed {config['seed']}{fold}", tags, {**names, **params}, data)


def opening_of(written: Mapping[str, Any]) -> Opening:
    """An opening as a record holds it."""
    data = written["data"] and DataDescription(**written["data"])
    return Opening(**{**written, "data": data})


def _description(name: str, data: Dataset, digest: str) -> DataDescription:
    train, test = ((split.x.shape, split.y.shape) for split in (data.train, data.test))
    return DataDescription(name, digest, train, test)


def write(
    folder: Path,
    points: Sequence[tuple[str, float, int]],
    tags: Mapping[str, str],
    write_files: Callable[[Path], None],
    network: "tuple[keras.Model, np.ndarray] | None" = None,
    status: str = "FINISHED",
    opening: Opening | None = None,
    outcome: Mapping[str, Any] | None = None,
) -> None:
    """Writes the record of a run below its folder, whole or not at all.

    Args:
        points: see `points`.
        tags: short texts that are known of the run at its end.
        write_files: writes the artifacts into the folder it is given.
        network: (the network as it is kept, a batch of inputs for it), or None to keep none.
        status: how the run ended.
        opening: see `opening`; of a run that is started only when its record is delivered.
        outcome: what else a result consists of, as JSON holds it: `baselines`, and of a search `repeats` and `best`.
    """
    partial = folder / f"{FOLDER}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    (partial / "files").mkdir(parents=True)
    run = {"points": points, "tags": tags, "status": status, "opening": opening and asdict(opening)}
    (partial / "run.json").write_text(json.dumps(run))
    if outcome is not None:
        (partial / "files" / OUTCOME).write_text(json.dumps(outcome, indent=1))
    write_files(partial / "files")
    if network:
        model, example = network
        model.save(partial / "network.keras")
        np.save(partial / "example.npy", example)
    partial.replace(folder / FOLDER)


def is_written(folder: Path) -> bool:
    """Whether a trial's record waits to be delivered."""
    return (folder / FOLDER).is_dir()


def read(folder: Path) -> dict[str, Any]:
    """What `write` was given but for the files and the network."""
    return json.loads((folder / FOLDER / "run.json").read_text())


def deliver(folder: Path, tracking: Tracking, logger: Logger) -> Run:
    """Hands a record, and those of the runs below it, to a logger on which the run was started, and ends the run.

    Returns the run as it is kept; its files are those of the record, which stays.
    """
    record, kept = folder / FOLDER, read(folder)
    deliver_nested(folder, tracking, logger)
    logger.metrics(kept["points"])
    if any((record / "files").iterdir()):
        logger.files(record / "files")
    if (record / "network.keras").exists():
        logger.network(record)
    logger.close(kept["status"], kept["tags"])
    return _run_of(folder, logger.run_id)


def deliver_nested(folder: Path, tracking: Tracking, logger: Logger) -> None:
    """Keeps every record `folder/<kind>/<number>` below the logger's run, each once, whenever it was written."""
    written = sorted(place.parent for place in folder.glob(f"*/*/{FOLDER}"))
    if not written:
        return
    kept = {tags["nested"] for tags in tracking.store.adopt(logger.run_id, {NESTED_IN: folder.name})}
    for place in written:
        key = str(place.relative_to(folder))
        if key not in kept:
            own = opening_of(read(place)["opening"])
            nested = logger.below()
            nested.start(replace(own, tags={**own.tags, NESTED_IN: folder.name, "nested": key}))
            deliver(place, tracking, nested)


def outcome_file(folder: Path) -> dict[str, Any]:
    """What `write` was given as `outcome`."""
    return json.loads((folder / FOLDER / "files" / OUTCOME).read_text())


def waiting(folder: Path) -> Run:
    """The run of a record that is not delivered yet."""
    return _run_of(folder, None)


def _run_of(folder: Path, run_id: str | None) -> Run:
    kept = read(folder)
    metrics = scalars(kept["points"])
    return Run(run_id or "", kept["status"], kept["tags"], {}, metrics, {}, RecordFiles(folder / FOLDER))


@dataclass(frozen=True)
class RecordFiles(Files):
    """The files of a run that is a record; record: its folder."""

    record: Path

    def path(self, name: str) -> Path:
        return self.record / "files" / name

    def network(self) -> Path | None:
        return found if (found := self.record / "network.keras").exists() else None


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


def scalar_metrics(metrics: Mapping[str, float]) -> dict[str, float]:
    """The scalars of a run that are no last points of a curve."""
    return {name: value for name, value in metrics.items() if "/" not in name and name != "test_rmse_by_output"}


def close_failed(logger: Logger, error: BaseException) -> None:
    """Ends a run as FAILED with the reason, and with the traceback where the user was not told all there is."""
    if not isinstance(error, HarnessError):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "traceback.txt").write_text("".join(traceback.format_exception(error)))
            logger.files(Path(folder))
    logger.close("FAILED", {"failure": reason(error)})


def reason(error: BaseException) -> str:
    """An error in one line."""
    text = " ".join(str(error).split())
    return text if isinstance(error, HarnessError) else f"{type(error).__name__}: {text}"[:500]


def points(metrics: Mapping[str, float], by_output: np.ndarray, history, monitor: str) -> list[tuple[str, float, int]]:
    """Every (metric, value, step): curves by epoch from 1; errors, and what the loss has learned, by output from 0."""
    found = [(name, float(value), 0) for name, value in metrics.items()]
    for name, curve in (("own_loss", history.own_loss), (monitor, history.monitor), ("seconds", history.seconds)):
        found += [(f"curve/{name}", float(value), epoch) for epoch, value in enumerate(curve, start=1)]
    for name, values in history.owned.items():
        found += [(f"loss/{name}", float(value), i) for i, value in enumerate(np.ravel(values))]
    return found + [("test_rmse_by_output", float(value), i) for i, value in enumerate(by_output)]


def write_files(folder: Path, parts, inputs, history, result) -> None:
    """config.yaml, the arrays that a report is made from, and the pictures of a trial."""
    from harness.plots import trial as figures

    data, test = inputs.data, inputs.data.test
    weights = {"evaluation_weights": inputs.evaluation["test"], "own_weights": inputs.own_on_test}
    weights = {name: values for name, values in weights.items() if values is not None}
    # In float64: a level far above the errors leaves float32 no digits for them.
    arrays = {"forecast": result.forecast, "truth": test.y, **weights}
    np.savez(folder / "test.npz", **arrays, series=test.series)
    if result.by_series:
        write_by_series(folder / "by_series.csv", result.by_series)
    rows, y_true, y_pred = result.batch
    np.savez(folder / "batch.npz", rows=rows, y_true=y_true, y_pred=y_pred)
    (folder / "config.yaml").write_text(yaml.safe_dump(dict(parts.config), sort_keys=False))
    np.save(folder / "weights.npy", inputs.weights)
    some = np.unique(np.linspace(0, len(test.y) - 1, 4).astype(int))
    past = None if data.target is None else test.x[some, :, data.target]
    monitor = np.array(history.monitor)
    naive = dict(result.by_output)
    network = naive.pop(NETWORK)
    pictures = {
        "learning_curve": figures.learning_curve(
            np.array(history.own_loss), monitor, parts.training.monitor, data.unit, history.best_epoch
        ),
        "weights": figures.weights(inputs.weights),
        "error_by_output": figures.error_by_output(network, naive, data.unit),
        "forecasts": figures.forecasts(past, test.y[some], result.forecast[some], test.index[some], data.unit),
    }
    for name, figure in pictures.items():
        figure.savefig(folder / f"{name}.png")


def scalars(points) -> dict[str, float]:
    """Of every metric its value, of a curve the last."""
    return {name: value for name, value, _ in points}


def _flat(node: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in node.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif key != "_partial_":
            yield f"{prefix}{key}", value


@cache
def _git_commit() -> str:
    """The commit this code was run from, marked where files differ from it; "none" outside a checkout."""
    command = ["git", "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]
    try:
        found = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return "none"
    return found.stdout.strip() or "none"
