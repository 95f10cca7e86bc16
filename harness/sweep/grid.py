"""Every combination of swept values, as lists of overrides."""

from collections.abc import Mapping, Sequence
from itertools import chain, product
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser

from harness.checks import did_you_mean
from harness.config.overrides import expand
from harness.config.variant import SHORT
from harness.errors import InputError
from harness.kinds import Config

# So many values are listed in a message.
LISTED = 12


def combinations(
    loader: Any,
    params: Mapping[str, str],
    arguments: Sequence[str],
    zipped: Mapping[str, Sequence[object]] | None,
    include: Sequence[Config],
) -> list[list[str]]:
    """The overrides of each trial, in the order of the grid, whole combinations last.

    Args:
        loader: Hydra's config loader.
        params: swept keys of a config, `key: "a,b"`.
        arguments: the command line's overrides, which replace those of `params` with the same key.
        zipped: keys whose values go together, as one more axis of the grid.
        include: combinations beside the grid; what is not swept counts for them too.

    Raises:
        InputError: a sweep that is no list of values, such as interval(0, 1), or has none; zipped values of unequal
            number, or of a key that has values besides.
    """
    axes = {key: [[f"{key}={value}"] for value in values] for key, values in _axes(loader, params, arguments).items()}
    for key in zipped or ():
        if key in map(_short, axes):
            raise InputError("sweep.zip", f"{key} is set or swept beside it", "Take it out of one of the two")
    fixed = [axis[0] for axis in axes.values() if len(axis) == 1]
    grid = product(*axes.values(), *_zip_axis(zipped))
    # With nothing swept, what is included is the whole sweep.
    crossed = [] if include and not zipped and len(fixed) == len(axes) else [_flat(combination) for combination in grid]
    return crossed + [_flat([*fixed, _overrides(combination)]) for combination in include]


def planned_values(loader: Any, params: Mapping[str, str]) -> dict[str, list[str]]:
    """The values that a config itself sweeps, by short key, whatever the command line puts in their place."""
    return {_short(key): values for key, values in _axes(loader, params, []).items()}


def matches(excluded: Config, values: Mapping[str, Sequence[object]]) -> bool:
    """Whether a combination is one of `excluded`; a list there means any of it.

    Args:
        values: by short key, what the value of the combination may be called: `1e-3` as it was written, and 0.001.
    """
    return all(
        any(_is(value, wanted) for value in values.get(key, ()) for wanted in _listed(wanteds))
        for key, wanteds in excluded.items()
    )


def check_excluded(
    excluded: Sequence[Config],
    trials: Sequence[Mapping[str, Sequence[object]]],
    planned: Mapping[str, Sequence[str]],
) -> None:
    """Refuses what leaves nothing out for it is misspelt.

    Args:
        excluded: `sweep.exclude`; trials: the values of each trial, see `matches`.
        planned: what `planned_values` gave; a command line that narrows them makes no entry wrong.

    Raises:
        InputError: a key that no trial has, or a value that no trial has.
    """
    known = {key: None for values in trials for key in values}
    for key, wanted in (
        (key, wanted) for entry in excluded for key, listed in entry.items() for wanted in _listed(listed)
    ):
        if key not in known:
            meant = did_you_mean(key, known)
            raise InputError("sweep.exclude", f"no trial has the key {key!r}", f"{meant}Write a key of the config")
        there = {str(value): value for values in trials for value in values.get(key, ())}
        there |= {text: text for text in planned.get(key, ())}
        if not any(_is(value, wanted) for value in there.values()):
            more = ", ..." if len(there) > LISTED else ""
            instead = f"{did_you_mean(str(wanted), there)}Write one of: {', '.join(list(there)[:LISTED])}{more}"
            raise InputError("sweep.exclude", f"no trial has {key}={wanted}", instead)


def _axes(loader: Any, params: Mapping[str, str], arguments: Sequence[str]) -> dict[str, list[str]]:
    """The values of each key as texts, by the key as Hydra writes it; the arguments replace params."""
    texts = expand([f"{key}={value}" for key, value in params.items()]) + list(arguments)
    axes = {}
    for override in OverridesParser.create(config_loader=loader).parse_overrides(texts):
        key = override.get_key_element()
        if not override.is_sweep_override():
            axes[key] = [override.get_value_element_as_str()]
        elif override.is_discrete_sweep():
            axes[key] = list(override.sweep_string_iterator())
        else:
            raise InputError(key, f"got {override.input_line}", "Write the values, parted by commas")
        if not axes[key]:
            raise InputError(key, f"got {override.input_line}, which has no value", "Write one value or several")
    return axes


def _zip_axis(zipped: Mapping[str, Sequence[object]] | None) -> list[list[list[str]]]:
    if not zipped:
        return []
    lengths = {key: len(values) for key, values in zipped.items()}
    if len(set(lengths.values())) > 1 or 0 in lengths.values():
        found = ", ".join(f"{key} has {length}" for key, length in lengths.items())
        raise InputError("sweep.zip", f"got lists of values of which {found}", "Write equally many for each key")
    return [[_overrides(dict(zip(zipped, values, strict=True))) for values in zip(*zipped.values(), strict=True)]]


def _short(key: str) -> str:
    return SHORT.get(key, key).lstrip("+~")


def _listed(wanted: object) -> Sequence[object]:
    return wanted if isinstance(wanted, list) else [wanted]


def _is(value: object, wanted: object) -> bool:
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    return value == wanted or str(value) == str(wanted)


def _overrides(values: Config) -> list[str]:
    words = {None: "null", True: "true", False: "false"}
    return expand([f"{key}={words.get(v, v) if isinstance(v, bool | None) else v}" for key, v in values.items()])


def _flat(lists: Sequence[Sequence[str]]) -> list[str]:
    return list(chain.from_iterable(lists))
