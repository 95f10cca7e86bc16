"""Every combination of swept values, as lists of overrides."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser

from harness.command_line import NESTED_CHOICES, expand
from harness.errors import InputError

SHORT = {hydra: short for short, hydra in NESTED_CHOICES.items()}


def combinations(loader: Any, params: Mapping[str, str], arguments: Sequence[str]) -> list[list[str]]:
    """The overrides of each trial, in the order of the grid.

    Args:
        loader: Hydra's config loader.
        params: swept keys of a config, `key: "a,b"`.
        arguments: the command line's overrides, which replace those of `params` with the same key.

    Raises:
        InputError: a sweep that is no list of values, such as interval(0, 1).
    """
    texts = expand([f"{key}={value}" for key, value in params.items()]) + list(arguments)
    chosen = {}
    for override in OverridesParser.create(config_loader=loader).parse_overrides(texts):
        key = override.get_key_element()
        if not override.is_sweep_override():
            chosen[key] = [f"{key}={override.get_value_element_as_str()}"]
        elif override.is_discrete_sweep():
            chosen[key] = [f"{key}={value}" for value in override.sweep_string_iterator()]
        else:
            raise InputError(key, f"got {override.input_line}", "Write the values, parted by commas")
    return [list(overrides) for overrides in product(*chosen.values())]


def labels_of(overrides: Sequence[str]) -> dict[str, str]:
    """What tells a trial's variant: its overrides by key, without the seed and what only the sweep needs."""
    pairs = (text.split("=", 1) for text in overrides)
    return {
        SHORT.get(key, key): value
        for key, value in pairs
        if key not in ("seed", "experiment") and not key.startswith(("sweep.", "tracking", "hydra"))
    }


def swept(labels: Sequence[Mapping[str, str]]) -> list[str]:
    """The keys whose values differ between the trials of a sweep, in order of appearance."""
    keys = dict.fromkeys(key for each in labels for key in each)
    return [key for key in keys if len({each.get(key) for each in labels}) > 1]
