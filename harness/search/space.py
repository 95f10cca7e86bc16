"""The space of a search: keys of the config, and the values they may take."""

import copy
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from harness.checks import one_of
from harness.config.keys import SEARCHABLE, is_searchable
from harness.errors import InputError

KEYS = {"int": ("low", "high", "step", "log"), "float": ("low", "high", "step", "log"), "choice": ("values",)}
NEEDED = {"int": ("low", "high"), "float": ("low", "high"), "choice": ("values",)}
# A float this near to an end of its range, as a share of the range, sits at its edge.
NEAR = 0.05
WHERE = "search.space"


@dataclass(frozen=True)
class Dimension:
    """One key and its values.

    when: other keys, to the values under which this one counts; values: those of a choice.
    """

    key: str
    type: str
    low: float | None
    high: float | None
    step: float | None
    log: bool
    values: Sequence[Any]
    when: Mapping[str, Sequence[Any]]

    @property
    def is_ordered(self) -> bool:
        """Whether "lower" and "higher" mean something."""
        return self.type != "choice" or all(_is_number(value) for value in self.values)

    def ends(self) -> list[Any]:
        """The values that a space is tried with before it is searched."""
        return list(self.values) if self.type == "choice" else [self.low, self.high]

    def edge(self, value: Any) -> str:
        """Which end of its range a value sits at: lower, upper, or an empty text."""
        if not self.is_ordered:
            return ""
        low, high = min(self.ends()), self._highest()
        if low == high:
            return ""
        if self.type != "float":
            return {low: "lower", high: "upper"}.get(value, "")
        scale = math.log if self.log else float
        place = (scale(value) - scale(low)) / (scale(high) - scale(low))
        return "lower" if place <= NEAR else "upper" if place >= 1 - NEAR else ""

    def _highest(self):
        """What is reached: steps need not end at `high`."""
        if self.type == "choice" or self.step is None:
            return max(self.ends())
        steps = _count(self, math.inf) - 1
        return self.low * self.step**steps if self.log else self.low + steps * self.step


class Space:
    """A checked space.

    Args:
        asked: keys, with dots or nested, to `{type: int | float | choice, ...}`; see conf/search/shared.yaml.
        config: the resolved config of the trial.

    Raises:
        InputError: nothing to search, a key that the config does not have or that cannot be searched, a wrong type,
            low above high, a condition on what is not searched.
    """

    def __init__(self, asked: Mapping[str, Any], config: Mapping[str, Any]):
        found = dict(_flat(asked))
        if not found:
            raise InputError(WHERE, "it is empty", "Write at least one key, or choose search=none")
        leaves = {key: value for key, value in _leaves(config) if is_searchable(key)}
        for key in found:
            _check_key(key, config, leaves)
        dimensions = {key: _dimension(key, given) for key, given in found.items()}
        self.dimensions: Sequence[Dimension] = _parents_first(dimensions)
        self._config = config

    def hyperparameters(self) -> Any:
        """The space as keras-tuner's HyperParameters."""
        from keras_tuner import HyperParameters
        from keras_tuner.engine.hyperparameters import Choice, Float, Int

        # Its public scopes take neither two conditions at once nor one on what has one itself.
        from keras_tuner.src.engine.conditions import Parent

        space = HyperParameters()
        for each in self.dimensions:
            conditions = [Parent(key, values) for key, values in self._conditions(each)]
            if each.type == "choice":
                values = [_encoded(each, v) for v in each.values]
                found = Choice(each.key, values, ordered=each.is_ordered, conditions=conditions)
            else:
                kind, sampling = Int if each.type == "int" else Float, "log" if each.log else "linear"
                found = kind(each.key, each.low, each.high, each.step, sampling, conditions=conditions)
            space.merge([found])
        return space

    def values(self, hyperparameters: Any) -> dict[str, Any]:
        """What counts of a proposal, in the config's own values."""
        return {
            each.key: _decoded(each, hyperparameters.values[each.key])
            for each in self.dimensions
            if each.key in hyperparameters.values
            and all(hyperparameters.values.get(key) in values for key, values in self._conditions(each))
        }

    def applied(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The trial's config with these values in it."""
        config = copy.deepcopy(dict(self._config))
        for key, value in values.items():
            *above, last = key.split(".")
            node = config
            for name in above:
                node = node[name]
            node[last] = value
        return config

    def tried(self) -> Iterator[tuple[str, Any]]:
        """Each key with each value that it should be tried with before anything is trained."""
        for each in self.dimensions:
            yield from ((each.key, value) for value in each.ends())

    def combinations(self, continuous: float = math.inf) -> float:
        """How many there are at most, whatever the conditions; continuous: the values of a range without a step."""
        return math.prod(_count(each, continuous) for each in self.dimensions)

    def edges(self, values: Mapping[str, Any]) -> dict[str, str]:
        """The keys whose values sit at an end of their range, to that end."""
        found = {each.key: each.edge(values[each.key]) for each in self.dimensions if each.key in values}
        return {key: end for key, end in found.items() if end}

    def _conditions(self, each):
        """All that a dimension hangs on, and what that hangs on in turn, in keras-tuner's values."""
        for key, values in each.when.items():
            parent = self._of(key)
            yield from self._conditions(parent)
            yield key, [_encoded(parent, value) for value in values]

    def _of(self, key):
        return next(each for each in self.dimensions if each.key == key)


def _flat(node: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in node.items():
        if isinstance(value, Mapping) and "type" not in value:
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _leaves(node: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in node.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        elif not key.startswith("_"):
            yield f"{prefix}{key}", value


def _check_key(key: str, config: Mapping[str, Any], leaves: Mapping[str, Any]) -> None:
    if key in leaves:
        return
    if dict(_leaves(config)).keys() & {key} and not is_searchable(key):
        raise InputError(f"{WHERE}.{key}", "it is not searched", f"Search keys of {', '.join(SEARCHABLE)}")
    if key in config or any(leaf.startswith(f"{key}.") for leaf in leaves):
        raise InputError(f"{WHERE}.{key}", "it names files of conf/", f"Sweep over them: -m {key}=...")
    near = get_close_matches(key, leaves, n=1)
    meant = f"Did you mean {near[0]}? " if near else ""
    raise InputError(f"{WHERE}.{key}", "the config has no such key", f"{meant}Write one of: {', '.join(leaves)}")


def _dimension(key: str, given: Any) -> Dimension:
    where = f"{WHERE}.{key}"
    if not isinstance(given, Mapping):
        raise InputError(
            where, f"got {given!r}", "Write {type: int, low: ..., high: ...} or {type: choice, values: ...}"
        )
    kind = given.get("type")
    one_of(f"{where}.type", kind, KEYS)
    for name in given:
        if name not in ("type", "when"):
            one_of(f"{where}, a {kind}", name, (*KEYS[kind], "when"))
    for name in NEEDED[kind]:
        if given.get(name) is None:
            raise InputError(f"{where}.{name}", "it is missing", f"A {kind} needs {' and '.join(NEEDED[kind])}")
    if kind == "choice":
        values = given["values"]
        if not isinstance(values, list) or not values or len({_hashable(v) for v in values}) < len(values):
            raise InputError(f"{where}.values", f"got {values!r}", "Write a list of one or more different values")
    else:
        _check_range(where, kind, given)
    if not isinstance(given.get("when") or {}, Mapping):
        raise InputError(f"{where}.when", f"got {given['when']!r}", "Write {other.key: value}, or a list of values")
    when = {name: v if isinstance(v, list) else [v] for name, v in (given.get("when") or {}).items()}
    step = given.get("step") or (1 if kind == "int" and not given.get("log") else None)
    return Dimension(
        key,
        kind,
        low=given.get("low"),
        high=given.get("high"),
        step=step,
        log=bool(given.get("log")),
        values=given.get("values") or (),
        when=when,
    )


def _check_range(where: str, kind: str, given: Mapping[str, Any]) -> None:
    whole = kind == "int"
    for name in ("low", "high", "step"):
        value = given.get(name)
        if value is not None and (not _is_number(value) or (whole and not isinstance(value, int))):
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
        ready = [each for each in left.values() if all(key in ordered for key in each.when)]
        if not ready:
            each = next(iter(left.values()))
            unknown = next(key for key in each.when if key not in ordered)
            found = f"{unknown!r} is not searched" if unknown not in dimensions else f"{unknown} hangs on it in turn"
            raise InputError(f"{WHERE}.{each.key}.when", found, f"Write one of: {', '.join(dimensions)}")
        for each in ready:
            for key, values in each.when.items():
                _check_condition(f"{WHERE}.{each.key}.when.{key}", ordered[key], values)
            ordered[each.key] = left.pop(each.key)
    return list(ordered.values())


def _check_condition(where: str, parent: Dimension, values: Sequence[Any]) -> None:
    if not values:
        raise InputError(where, "got []", f"Write a value of {parent.key}, or a list of them")
    for value in values:
        if parent.type == "choice":
            one_of(where, value, parent.values)
        elif not _is_number(value) or not parent.low <= value <= parent.high:
            raise InputError(where, f"got {value!r}", f"Write a number from {parent.low} to {parent.high}")


def _count(each: Dimension, continuous: float) -> float:
    if each.type == "choice":
        return len(each.values)
    if each.low == each.high:
        return 1
    if each.step is None:
        return min(continuous, math.inf if each.type == "float" else each.high - each.low + 1)
    if each.log:
        return int(math.log(each.high / each.low, each.step) + 1e-9) + 1
    return int((each.high - each.low) / each.step + 1e-9) + 1


def _encoded(each: Dimension, value: Any) -> Any:
    """keras-tuner takes values of one type alone, and none of them null."""
    if each.type == "choice" and not each.is_ordered:
        return json.dumps(value)
    return float(value) if any(isinstance(v, float) for v in each.values) else value


def _decoded(each: Dimension, value: Any) -> Any:
    if each.type == "choice":
        return next(v for v in each.values if _encoded(each, v) == value)
    return int(value) if each.type == "int" else float(value)


def _hashable(value: Any) -> Any:
    return value if _is_number(value) else json.dumps(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
