"""A hash of all that decides a trial's result, and of nothing else."""

import hashlib
import json
import platform
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

PACKAGES = ("tensorflow", "keras", "numpy")
DECISIVE = ("loss", "model", "train", "seed")
HARNESS = Path(__file__).parents[1]
# What is forgotten here costs a retraining, never a stale result.
DECIDES_NOTHING = ("audit", "cli", "plots", "plugins", "report", "statistics", "sweep", "terminal", "tracking")
SEARCHING = ("search",)


@cache
def versions() -> dict[str, str]:
    """The versions that decide a result, by name."""
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}


def array_hash(*arrays: np.ndarray) -> str:
    """16 hexadecimal digits of the SHA-256 of the arrays' shapes, types and values."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.shape} {array.dtype.str}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()[:16]


def fingerprint(config: Mapping[str, Any], data: str, weights: str, evaluation: str) -> str:
    """16 hexadecimal digits for one trial.

    Data and weights count by what they hold (their hashes), not by the path or the keys that led to them; neither the
    folder, the launcher, the tracking address nor the number of workers counts.

    Args:
        config: the resolved config.
        data, weights, evaluation: hashes of the data, of the training weights and of the weights of the evaluation.
    """
    decisive = {key: config[key] for key in DECISIVE}
    if search := config["search"]:
        decisive |= {"search": _decisive(search, config), "keras-tuner": version("keras-tuner")}
    told = {**decisive, "hashes": [data, weights, evaluation], "versions": versions()}
    told["code"] = code_hash(_targets(config), bool(search))
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def code_hash(targets: set[str], searches: bool) -> str:
    """A hash of this project's code, and of the modules outside it that the `_target_`s name.

    Every file counts but for those of the rooms that decide nothing, and of search/ where nothing is searched.
    """
    left_out = {*DECIDES_NOTHING, *(() if searches else SEARCHING)}
    files = [f for f in sorted(HARNESS.rglob("*.py")) if f.relative_to(HARNESS).parts[0] not in left_out]
    hashes = [_file_hash(file, file.stat().st_mtime_ns) for file in [*files, *sorted(_outside(targets))]]
    return hashlib.sha256("".join(hashes).encode()).hexdigest()


def _decisive(search: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """Of two spaces the one that counts, and what it changes; not how many networks are kept."""
    space = search["usual_space"] if search["space"] is None else search["space"]
    sections = {key.split(".")[0] for key in space}
    changed = {key: config[key] for key in ("data", "weights") if key in sections}
    left_out = ("keep", "space", "usual_space")
    return {"space": space, **changed, **{key: value for key, value in search.items() if key not in left_out}}


@cache
def _file_hash(file: Path, _changed: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _targets(node: Any) -> set[str]:
    if isinstance(node, Mapping):
        own = {node["_target_"]} if "_target_" in node else set()
        return own.union(*(_targets(child) for child in node.values()))
    return set().union(*(_targets(child) for child in node)) if isinstance(node, list) else set()


def _outside(targets: set[str]) -> Iterator[Path]:
    for target in targets:
        if not target.startswith("harness."):
            module = target.rpartition(".")[0]
            import_module(module)
            yield Path(sys.modules[module].__file__)
