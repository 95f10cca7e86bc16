"""Every combination of swept values, as lists of overrides."""

from collections.abc import Mapping, Sequence
from itertools import chain, product
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser

from harness.config.overrides import expand
from harness.errors import InputError


def combinations(
    loader: Any,
    params: Mapping[str, str],
    arguments: Sequence[str],
    zipped: Mapping[str, Sequence[Any]] | None,
    include: Sequence[Mapping[str, Any]],
) -> list[list[str]]:
    """The overrides of each trial, in the order of the grid, whole combinations last.

    Args:
        loader: Hydra's config loader.
        params: swept keys of a config, `key: "a,b"`.
        arguments: the command line's overrides, which replace those of `params` with the same key.
        zipped: keys whose values go together, as one more axis of the grid.
        include: combinations beside the grid; what is not swept counts for them too.

    Raises:
        InputError: a sweep that is no list of values, such as interval(0, 1), or zipped values of unequal number.
    """
    texts = expand([f"{key}={value}" for key, value in params.items()]) + list(arguments)
    axes = {}
    for override in OverridesParser.create(config_loader=loader).parse_overrides(texts):
        key = override.get_key_element()
        if not override.is_sweep_override():
            axes[key] = [[f"{key}={override.get_value_element_as_str()}"]]
        elif override.is_discrete_sweep():
            axes[key] = [[f"{key}={value}"] for value in override.sweep_string_iterator()]
        else:
            raise InputError(key, f"got {override.input_line}", "Write the values, parted by commas")
    fixed = [axis[0] for axis in axes.values() if len(axis) == 1]
    grid = product(*axes.values(), *_zip_axis(zipped))
    # With nothing swept, what is included is the whole sweep.
    crossed = [] if include and not zipped and len(fixed) == len(axes) else [_flat(combination) for combination in grid]
    return crossed + [_flat([*fixed, _overrides(combination)]) for combination in include]


def matches(excluded: Mapping[str, Any], values: Mapping[str, str]) -> bool:
    """Whether a combination with these values, by short key, is one of `excluded`; a list there means any of it."""
    return all(
        str(values.get(key)) in [str(v) for v in (wanted if isinstance(wanted, list) else [wanted])]
        for key, wanted in excluded.items()
    )


def _zip_axis(zipped: Mapping[str, Sequence[Any]] | None) -> list[list[list[str]]]:
    if not zipped:
        return []
    lengths = {key: len(values) if isinstance(values, list) else 1 for key, values in zipped.items()}
    if len(set(lengths.values())) > 1 or not all(isinstance(values, list) for values in zipped.values()):
        raise InputError("sweep.zip", f"got {lengths} values", "Write a list for each key, all equally long")
    return [[_overrides(dict(zip(zipped, values, strict=True))) for values in zip(*zipped.values(), strict=True)]]


def _overrides(values: Mapping[str, Any]) -> list[str]:
    words = {None: "null", True: "true", False: "false"}
    return expand([f"{key}={words.get(v, v) if isinstance(v, bool | None) else v}" for key, v in values.items()])


def _flat(lists: Sequence[Sequence[str]]) -> list[str]:
    return list(chain.from_iterable(lists))
