"""This project's own code as it is here, for machines that do not have it."""

import shutil
from importlib import import_module
from pathlib import Path

from harness.config.overrides import CONF, HERE

PLUGINS = "hydra_plugins"
# Modules of the project's that Hydra alone looks for.
OF_HYDRA = ("harness_launcher", "harness_sweeper")


def copy_code(folder: Path) -> list[Path]:
    """Copies the project's packages to `folder`, as a wheel holds them; where each of them is."""
    ignore = shutil.ignore_patterns("__pycache__")
    # One of the two has conf/ in it already, see CONF.
    shutil.copytree(HERE, folder / HERE.name, ignore=ignore)
    shutil.copytree(CONF, folder / HERE.name / CONF.name, ignore=ignore, dirs_exist_ok=True)
    for name in OF_HYDRA:
        (place,) = import_module(f"{PLUGINS}.{name}").__path__
        shutil.copytree(Path(place), folder / PLUGINS / name, ignore=ignore)
    return [folder / HERE.name, folder / PLUGINS]
