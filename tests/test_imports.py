"""Imports point down, from the door to the contracts; heavy ones stand where they are used."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

HARNESS = Path(__file__).parents[1] / "harness"
PLUGINS = ("data", "weights", "losses", "models", "search", "tracking")
BELOW = {"contracts", "errors"}
LAYERS = {
    "__main__": {"command_line", "job"},
    "command_line": BELOW,
    "job": {*BELOW, "build", "record", "report", "sweep", "threads", "trial", "tuned"},
    "sweep": {*BELOW, "build", "command_line", "data", "fingerprint", "inputs", "lock", "quiet", "record", "report"}
    | {"own_process", "sweep", "training", "trial", "tuned"},
    "plugins": {"sweep"},
    "tuned": {*BELOW, "build", "fingerprint", "inputs", "own_process", "record", "run_once", "search", "search_record"}
    | {"trial", "tuner_trial"},
    "search_record": {*BELOW, "record", "report", "search", "tuner_trial"},
    "tuner_trial": {
        *BELOW,
        "build",
        "fingerprint",
        "inputs",
        "models",
        "quiet",
        "record",
        "threads",
        "training",
        "trial",
    },
    "trial": {*BELOW, "build", "data", "inputs", "models", "panel", "record", "run_once", "training"},
    "run_once": {*BELOW, "build", "inputs", "lock", "record"},
    "threads": {*BELOW, "quiet"},
    "inputs": {*BELOW, "build", "data", "fingerprint", "weights"},
    "build": BELOW,
    "record": {*BELOW, "fingerprint", "report"},
    "training": {*BELOW, "checkpoint"},
    "report": {*BELOW, "__main__", "audit", "build", "command_line", "panel", "quiet", "report", "statistics"},
    "audit": {*BELOW, "audit"},
    "statistics": {"errors", "statistics"},
    **{room: {*BELOW, room} for room in PLUGINS},
    **{
        alone: set()
        for alone in ("checkpoint", "contracts", "errors", "fingerprint", "lock", "own_process", "panel", "quiet")
    },
}
HYDRA = {"__main__", "command_line", "job", "build", "sweep", "plugins"}
ONLY_IMPORTERS = {"mlflow": {"tracking"}, "keras_tuner": {"search"}, "hydra": HYDRA, "omegaconf": HYDRA}


def modules():
    return [(file, file.relative_to(HARNESS).parts[0].removesuffix(".py")) for file in sorted(HARNESS.rglob("*.py"))]


def imported(file):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize(("file", "room"), modules(), ids=lambda value: getattr(value, "name", value))
def test_arrows_point_down(file, room):
    for name in imported(file):
        top, *rest = name.split(".")
        if top == "harness" and room != "__init__":
            assert rest[0] in LAYERS[room], f"{file} imports {name}"
        if top in ONLY_IMPORTERS:
            assert room in ONLY_IMPORTERS[top], f"{file} imports {name}"


@pytest.mark.parametrize(
    "module", ["harness.__main__", "harness.build", "harness.sweep.sweep", "harness.tracking.store"]
)
def test_heavy_packages_are_imported_where_they_are_used(module):
    heavy = ("tensorflow", "mlflow", "pandas", "matplotlib")
    code = f"import sys, {module}; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_losses_alone_pull_in_neither_hydra_nor_mlflow():
    code = "import sys, harness.losses; print([m for m in ('hydra', 'mlflow') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
