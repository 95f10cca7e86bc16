"""What is kept of a trial, for whichever tracker: tags, params, points and files."""

import json
import subprocess
import traceback
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from harness.errors import HarnessError
from harness.fingerprint import versions
from harness.report import figures


def opening(parts, labels, sweep, prepared=None) -> tuple[str, dict[str, str], dict[str, Any]]:
    """(name, tags, params) of a run at its start; without `prepared`, of one that never got to train."""
    names = parts.names
    more = [f"{key}={value}" for key, value in labels.items() if key not in ("loss", "weights")]
    variant = " ".join([names["loss"], names["weights"], *more])
    tags = {"role": "trial", "variant": variant, **names, "seed": str(parts.seed), "git_commit": _git_commit()}
    tags |= {f"version_{name}": version for name, version in versions().items()}
    tags["weights_rule"] = parts.rescale
    if sweep:
        tags["sweep"] = sweep
    if prepared:
        tags |= {
            "fingerprint": prepared.fingerprint,
            "data_hash": prepared.data_hash,
            "weights_hash": prepared.weights_hash,
        }
    return f"{variant} seed {parts.seed}", tags, {**names, **dict(_flat(parts.config))}


def closing_tags(network, naive: Mapping[str, Mapping[str, float]]) -> dict[str, str]:
    """What is known of a run at its end but is no metric worth a chart."""
    return {"parameters": str(network.count_params()), "baselines": json.dumps(naive)}


def close_failed(tracker, error: BaseException) -> None:
    """Ends a run as FAILED, with the reason; unless the user was told all there is, with the traceback too."""
    tags = {"failure": reason(error)}
    if not isinstance(error, HarnessError):
        tags["traceback"] = "".join(traceback.format_exception(error))[-4000:]
    tracker.close("FAILED", tags)


def reason(error: BaseException) -> str:
    """An error in one line."""
    text = " ".join(str(error).split())
    return text if isinstance(error, HarnessError) else f"{type(error).__name__}: {text}"[:500]


def points(metrics: Mapping[str, float], by_output: np.ndarray, history, monitor: str) -> list[tuple[str, float, int]]:
    """Every (metric, value, step); curves by epoch from 1, errors by output from 0."""
    found = [(name, value, 0) for name, value in metrics.items()]
    for name, curve in (("own_loss", history.own_loss), (monitor, history.monitor)):
        found += [(f"curve/{name}", value, epoch) for epoch, value in enumerate(curve, start=1)]
    return found + [("test_rmse_by_output", float(value), i) for i, value in enumerate(by_output)]


def write_files(folder: Path, parts, prepared, history, result) -> None:
    """config.yaml, weights.npy and the pictures of a trial."""
    (folder / "config.yaml").write_text(yaml.safe_dump(dict(parts.config), sort_keys=False))
    np.save(folder / "weights.npy", prepared.weights)
    data, test = prepared.data, prepared.data.test
    some = np.unique(np.linspace(0, len(test.y) - 1, 4).astype(int))
    past = None if data.target is None else test.x[some, :, data.target]
    monitor = np.array(history.monitor)
    pictures = {
        "learning_curve": figures.learning_curve(
            np.array(history.own_loss), monitor, parts.training.monitor, data.unit, history.best_epoch
        ),
        "weights": figures.weights(prepared.weights),
        "error_by_output": figures.error_by_output(result.by_output, result.naive_by_output, data.unit),
        "forecasts": figures.forecasts(past, test.y[some], result.forecast[some], test.index[some], data.unit),
    }
    for name, figure in pictures.items():
        figure.savefig(folder / f"{name}.png")


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
