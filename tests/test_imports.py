"""Between rooms imports form no circle; heavy packages are imported where they are used."""

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

HARNESS = Path(__file__).parents[1] / "harness"
ONLY_IMPORTERS = {
    "mlflow": {"tracking/mlflow"},
    "keras_tuner": {"search"},
    "hydra": {"cli", "config", "sweep", "plugins"},
    "omegaconf": {"cli", "config", "sweep", "plugins"},
    "ray": {"sweep/cluster"},
    "submitit": {"sweep/cluster"},
    "wandb": {"tracking"},
}


def imports():
    """(file, name) of every import, also of those inside functions."""
    for file in sorted(HARNESS.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                yield from ((file, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{file} has a relative import"
                yield from ((file, f"{node.module}.{alias.name}") for alias in node.names)


def rooms():
    """Each room, a folder or a file of harness/, with the rooms that it imports."""
    found: dict[str, set[str]] = {}
    for file, name in imports():
        room = file.relative_to(HARNESS).parts[0].removesuffix(".py")
        top, *rest = name.split(".")
        if top == "harness" and rest and rest[0] != room:
            found.setdefault(room, set()).add(rest[0])
    return found


def test_no_circle_between_rooms():
    try:
        tuple(TopologicalSorter(rooms()).static_order())
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' <- '.join(error.args[1])}")


def test_a_circle_would_be_found():
    with pytest.raises(CycleError):
        tuple(TopologicalSorter({**rooms(), "errors": {"cli"}}).static_order())


@pytest.mark.parametrize("package", ONLY_IMPORTERS)
def test_a_package_is_imported_in_its_rooms_alone(package):
    for file, name in imports():
        if name.split(".")[0] == package:
            place = file.relative_to(HARNESS).as_posix()
            assert any(place.startswith(f"{room}/") for room in ONLY_IMPORTERS[package]), f"{place} imports {name}"


@pytest.mark.parametrize(
    "module", ["harness.cli.main", "harness.config.build", "harness.sweep.sweep", "harness.tracking.mlflow.store"]
)
def test_heavy_packages_are_imported_where_they_are_used(module):
    heavy = ("tensorflow", "mlflow", "pandas", "matplotlib", "scipy.special")
    code = f"import sys, {module}; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_dry_run_starts_its_other_process_before_it_imports_anything_large():
    code = "import sys, harness.sweep.start; print([m for m in ('numpy', 'joblib', 'rich') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_losses_alone_pull_in_neither_hydra_nor_mlflow():
    code = "import sys, harness.losses; print([m for m in ('hydra', 'mlflow') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
