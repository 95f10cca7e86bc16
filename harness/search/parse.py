"""From what `search.space` says to its dimensions, checked."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.checks import did_you_mean, one_of
from harness.config.keys import RENAMED, SEARCHABLE, is_searchable, leaves
from harness.errors import InputError
from harness.kinds import Config
from harness.search.dimension import Dimension, is_number

KEYS = {"int": ("low", "high", "step", "log"), "float": ("low", "high", "step", "log"), "choice": ("values",)}
NEEDED = {"int": ("low", "high"), "float": ("low", "high"), "choice": ("values",)}
WHERE = "search.space"


def parse_space(asked: Config, config: Config) -> list[Dimension]:
    """The dimensions of a space; each stands behind those that it depends on.

    Args:
        asked: keys, with dots or nested, to `{type: int | float | choice, ...}`; see conf/search/shared.yaml.
        config: the resolved config of the trial.

    Raises:
        InputError: nothing to search, a key that the config does not have or that cannot be searched, a wrong type,
            low above high, a condition on what is not searched.
    """
    by_key = dict(_flat(asked))
    if not by_key:
        raise InputError(WHERE, "it is empty", "Write at least one key, or choose search=none")
    known = [key for key, value in leaves(config) if value != {} and not _is_hidden(key)]
    for key in by_key:
        _check_key(key, config, known)
    return _parents_first({key: _dimension(key, given) for key, given in by_key.items()})


def _flat(node: Config, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in node.items():
        if isinstance(value, Mapping) and "type" not in value:
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _is_hidden(key: str) -> bool:
    return any(name.startswith("_") for name in key.split("."))


def _check_key(key: str, config: Config, known: Sequence[str]) -> None:
    searchable = [name for name in known if is_searchable(name)]
    if key in searchable:
        return
    where = f"{WHERE}.{key}"
    if key in known:
        raise InputError(where, "it is not searched", f"Search keys of {', '.join(SEARCHABLE)}")
    if key in config or any(name.startswith(f"{key}.") for name in searchable):
        raise InputError(where, "it names files of conf/", f"Sweep over them: -m {key}=...")
    instead = f"{did_you_mean(RENAMED.get(key, key), searchable)}Write one of: {', '.join(searchable)}"
    raise InputError(where, "the config has no such key", instead)


def _dimension(key: str, given: object) -> Dimension:
    where = f"{WHERE}.{key}"
    if not isinstance(given, Mapping):
        example = "Write {type: int, low: ..., high: ...} or {type: choice, values: ...}"
        raise InputError(where, f"got {given!r}", example)
    kind: Any = given.get("type")
    one_of(f"{where}.type", kind, KEYS)
    for name in given:
        if name not in ("type", "when"):
            one_of(f"{where}, a {kind}", name, (*KEYS[kind], "when"))
    for name in NEEDED[kind]:
        if given.get(name) is None:
            raise InputError(f"{where}.{name}", "it is missing", f"A {kind} needs {' and '.join(NEEDED[kind])}")
    when = _conditions(where, given.get("when") or {})
    if kind == "choice":
        _check_values(f"{where}.values", given["values"])
        return Dimension(key, kind, 0, 0, None, False, given["values"], when)
    _check_range(where, kind, given)
    log = bool(given.get("log"))
    step = given.get("step") or (1 if kind == "int" and not log else None)
    return Dimension(key, kind, given["low"], given["high"], step, log, (), when)


def _conditions(where: str, when: object) -> dict[str, list[Any]]:
    if not isinstance(when, Mapping):
        raise InputError(f"{where}.when", f"got {when!r}", "Write {other.key: value}, or a list of values")
    return {name: value if isinstance(value, list) else [value] for name, value in when.items()}


def _check_values(where: str, values: object) -> None:
    listed = values if isinstance(values, list) else []
    if not listed or len({value if is_number(value) else json.dumps(value) for value in listed}) < len(listed):
        raise InputError(where, f"got {values!r}", "Write a list of one or more different values")


def _check_range(where: str, kind: str, given: Config) -> None:
    whole = kind == "int"
    for name in ("low", "high", "step"):
        value = given.get(name)
        if value is not None and (not is_number(value) or (whole and not isinstance(value, int))):
            raise InputError(f"{where}.{name}", f"got {value!r}", f"Write a {'whole ' if whole else ''}number")
    low, high, step = given["low"], given["high"], given.get("step")
    if low > high:
        raise InputError(where, f"low is {low}, above high, {high}", "Exchange them")
    one_of(f"{where}.log", given.get("log", False), (True, False))
    if given.get("log") and low <= 0:
        raise InputError(f"{where}.low", f"got {low} with log: true", "Write a number above 0, or log: false")
    if step is not None and (step <= 0 or (given.get("log") and step <= 1)):
        least = "1: with log: true each value is so many times the last" if given.get("log") else "0"
        raise InputError(f"{where}.step", f"got {step}", f"Write a number above {least}")


def _parents_first(dimensions: Mapping[str, Dimension]) -> list[Dimension]:
    ordered: dict[str, Dimension] = {}
    left = dict(dimensions)
    while left:
        ready = [dimension for dimension in left.values() if all(key in ordered for key in dimension.when)]
        if not ready:
            first = next(iter(left.values()))
            other = next(key for key in first.when if key not in ordered)
            found = f"{other} depends on it in turn" if other in dimensions else f"{other!r} is not searched"
            raise InputError(f"{WHERE}.{first.key}.when", found, f"Write one of: {', '.join(dimensions)}")
        for dimension in ready:
            for key, values in dimension.when.items():
                _check_condition(f"{WHERE}.{dimension.key}.when.{key}", ordered[key], values)
            ordered[dimension.key] = left.pop(dimension.key)
    return list(ordered.values())


def _check_condition(where: str, parent: Dimension, values: Sequence[Any]) -> None:
    if not values:
        raise InputError(where, "got []", f"Write a value of {parent.key}, or a list of them")
    for value in values:
        if parent.type == "choice":
            one_of(where, value, parent.values)
        elif not is_number(value) or not parent.low <= value <= parent.high:
            raise InputError(where, f"got {value!r}", f"Write a number from {parent.low} to {parent.high}")
