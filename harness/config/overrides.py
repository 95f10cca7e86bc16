"""What stands on the command line, before Hydra reads it."""

import argparse
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.config.allowed import allow_own
from harness.config.keys import GROUPS
from harness.errors import InputError

HERE = Path(__file__).parents[1]
# In the repository, and in a wheel.
CONF = next(folder for folder in (HERE.parent / "conf", HERE / "conf") if folder.is_dir())
SHOW_ALL = os.environ.get("HYDRA_FULL_ERROR") == "1"
# A place below a group that is itself chosen from a group, and Hydra's own name for that choice.
NESTED_CHOICES = {
    "evaluate.weights": "weights@evaluate.weights",
    "weights.of": "weights@weights.of",
    "loss.of": "loss@loss.of",
    "train.optimizer": "optimizer@train.optimizer",
}


def read_command(words: Sequence[str]) -> list[str]:
    """The words of a command as Hydra wants them; allows the code that they name (see `config/allowed.py`)."""
    allow_own(config_dirs(words), words)
    return expand(words)


def config_dirs(words: Sequence[str]) -> list[Path]:
    """The user's own folders of YAML files: `--config-dir FOLDER`, or `-cd FOLDER`, as Hydra reads them."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--config-dir", "-cd", action="append", type=Path, default=[])
    return parser.parse_known_args(words)[0].config_dir


def expand(overrides: Sequence[str]) -> list[str]:
    """Writes `evaluate.weights=linear` the way Hydra wants it, and likewise the other NESTED_CHOICES."""
    return [re.sub(r"^([^=]+)(?==)", lambda key: NESTED_CHOICES.get(key[1], key[1]), text) for text in overrides]


def check_choices(words: Sequence[str], conf: Path) -> None:
    """Refuses what is no name of a file where one is chosen, which Hydra tells without the key.

    Raises:
        InputError: null, a number or a list for one of GROUPS, or for a place of NESTED_CHOICES.
    """
    for word in words:
        key, _, values = word.partition("=")
        group = NESTED_CHOICES.get(key, key).partition("@")[0]
        if key not in (*GROUPS, *NESTED_CHOICES, "tracking", "experiment") and "/" not in key:
            continue
        for value in values.split(",") if values[:1] not in ("[", "{") else [values]:
            may_be = (key == "tracking" and values.startswith("[")) or (key == "experiment" and values == "null")
            if may_be:
                continue
            if re.fullmatch(r"(?i)null|~|true|false|[-+.\d][\d.e+_-]*|\[.*|", value.strip()):
                names = ", ".join(files_of(group, conf))
                raise InputError(key, f"got {value[:80]!r}", f"Write the name of a file of conf/{group}: {names}")


def files_of(group: str, conf: Path) -> list[str]:
    """The names of the files of a group that may be chosen: `shared` is only what others have in common."""
    return sorted(file.stem for file in (conf / group).glob("*.yaml") if file.stem != "shared")


def composed(overrides: Sequence[str], conf: Path, own: Sequence[Path] = ()) -> Any:
    """The config under these overrides, as Hydra composes it for one trial; own: further folders of YAML files."""
    from hydra import compose, initialize_config_dir

    with initialize_config_dir(str(conf), version_base="1.3"):
        path = [f"hydra.searchpath=[{','.join(f'file://{folder.absolute()}' for folder in own)}]"] if own else []
        return compose("config", [*path, *expand(overrides)])
