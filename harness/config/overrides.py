"""What stands on the command line, before Hydra reads it and after it refuses it."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parents[1]
# In the repository, and in a wheel.
CONF = next(folder for folder in (HERE.parent / "conf", HERE / "conf") if folder.is_dir())
SHOW_ALL = os.environ.get("HYDRA_FULL_ERROR") == "1"
# A place below a group that is itself chosen from a group, and Hydra's own name for that choice.
NESTED_CHOICES = {
    "evaluate.weights": "weights@evaluate.weights",
    "weights.of": "weights@weights.of",
    "loss.of": "loss@loss.of",
}


def expand(overrides: Sequence[str]) -> list[str]:
    """Writes `evaluate.weights=linear` the way Hydra wants it, and likewise the other NESTED_CHOICES."""
    return [re.sub(r"^([^=]+)(?==)", lambda key: NESTED_CHOICES.get(key[1], key[1]), text) for text in overrides]


def composed(overrides: Sequence[str], conf: Path) -> Any:
    """The config under these overrides, as Hydra composes it for one trial."""
    from hydra import compose, initialize_config_dir

    with initialize_config_dir(str(conf), version_base="1.3"):
        return compose("config", expand(overrides))
