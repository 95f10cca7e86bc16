"""A hash of all that decides a trial's result, and of nothing else."""

import hashlib
import json
import platform
import sys
from collections.abc import Callable, Iterator, Mapping, Set
from functools import cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import numpy as np

from harness.config.keys import counted
from harness.kinds import Config
from harness.processes.gpus import visible_gpus

PACKAGES = ("tensorflow", "keras", "numpy")
HARNESS = Path(__file__).parents[1]
# What is forgotten here costs a retraining, never a stale result.
DECIDES_NOTHING = (
    "audit",
    "cli",
    "plots",
    "plugins",
    "promote",
    "report",
    "rerun",
    "run.py",
    "statistics",
    "sweep",
    "terminal",
    "tracking",
    "ui",
)
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


_elsewhere: str | None = None


def plan_for(name: str) -> None:
    """Has this process take fingerprints for trials that another machine computes, on a device of this name."""
    global _elsewhere
    _elsewhere = name


def device() -> str:
    """What computes: see `plan_for`, or `own_device`."""
    return own_device() if _elsewhere is None else _elsewhere


@cache
def own_device() -> str:
    """The models of the GPUs that this process may use, or CPU. Does not import TensorFlow."""
    return " and ".join(dict.fromkeys(visible_gpus().values())) or "CPU"


def code_hash(targets: Set[str], searches: bool) -> str:
    """A hash of this project's code, and of the modules outside it that the `_target_`s name.

    Every file counts but for those of the rooms that decide nothing, and of search/ where nothing is searched.
    """
    left_out = {*DECIDES_NOTHING, *(() if searches else SEARCHING)}
    files = [f for f in sorted(HARNESS.rglob("*.py")) if f.relative_to(HARNESS).parts[0] not in left_out]
    hashes = [_file_hash(file, file.stat().st_mtime_ns) for file in [*files, *sorted(_outside(targets))]]
    return hashlib.sha256("".join(hashes).encode()).hexdigest()


def fingerprint(
    config: Config,
    data: str,
    weights: str,
    evaluation: str,
    code: Callable[[frozenset[str], bool], str] = code_hash,
) -> str:
    """16 hexadecimal digits for one trial.

    A key of the config counts as `config/keys.py` says: by its value, by the arrays that it leads to, or not at all, as
    the folder, the launcher, the tracking address and the number of workers. The code, the versions and the device
    count too: threads and devices differ in the last digits of a result.

    Args:
        config: the resolved config.
        data, weights, evaluation: hashes of the data, of the training weights and of the weights of the metrics.
        code: `code_hash`, or what remembers its answers.
    """
    search = config["search"]
    values = {key: value for key, value in counted(config).items() if search or not key.startswith("search")}
    parts = {"config": values, "hashes": [data, weights, evaluation], "versions": versions(), "device": device()}
    if search:
        sections = {key.split(".")[0] for key in search["space"] or ()}
        parts["searched"] = {key: config[key] for key in ("data", "weights") if key in sections}
        parts["keras-tuner"] = version("keras-tuner")
    parts["code"] = code(frozenset(_targets(config)), bool(search))
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def own_modules(config: Config) -> list[Path]:
    """The files of the modules outside this project, and its packages, that a resolved config names."""
    return sorted(set(_outside(_targets(config))))


@cache
def _file_hash(file: Path, _changed: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _targets(node: object) -> set[str]:
    if isinstance(node, Mapping):
        own = {node["_target_"]} if "_target_" in node else set()
        return own.union(*(_targets(child) for child in node.values()))
    return set().union(*(_targets(child) for child in node)) if isinstance(node, list) else set()


def _outside(targets: Set[str]) -> Iterator[Path]:
    for target in targets:
        # The packages count by their versions; to import them would cost a sweep's parent seconds.
        if target.split(".")[0] not in ("harness", *PACKAGES):
            module = target.rpartition(".")[0]
            import_module(module)
            # A module of Python's own that is built in has no file; its code is in the Python version.
            if (file := sys.modules[module].__file__) is not None:
                yield Path(file)
