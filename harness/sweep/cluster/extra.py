"""What is installed only where it is asked for."""

from importlib.util import find_spec

from harness.errors import InputError

# The package of each extra of pyproject.toml.
PACKAGES = {"ray": "ray", "slurm": "submitit"}


def check_extra(name: str) -> None:
    """Raises InputError where the extra `name` is not installed."""
    if find_spec(PACKAGES[name]) is None:
        found = f"got {name}, and the package {PACKAGES[name]} is not installed"
        raise InputError("hydra/launcher", found, f"Install the extra: pip install -e '.[{name}]'")
