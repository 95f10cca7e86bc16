"""One value against its kind, an annotation: whether it fits, and what is said where it does not.

Understood are int, float, bool, str, None, Literal, lists, mappings, unions of these, and what `harness/kinds.py` and
annotated-types add in `Annotated`. Whatever else a user's own part is annotated with, fits: nothing is known of it.
"""

import math
import operator
import os
import types
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Sized
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen

from harness.checks import did_you_mean
from harness.errors import InputError
from harness.kinds import Built, FolderPlace, Kind, Renamed

# What an `Annotated` says beside its type: of annotated-types, and the marks of `harness/kinds.py`.
Bounds: TypeAlias = tuple[object, ...]
# What marks several bounds in one; `isinstance` with annotated-types' own protocol takes most of a check.
GROUPED = "__is_annotated_types_grouped_metadata__"
# The part of a value that a message shows.
SHOWN = 80
LISTS = (list, tuple, Sequence, Collection, Iterable)
MAPPINGS = (dict, Mapping)
BOUNDS = ((Ge, "ge", operator.ge), (Gt, "gt", operator.gt), (Le, "le", operator.le), (Lt, "lt", operator.lt))
NOUNS = {int: "a whole number", float: "a number", str: "a text", bool: "true or false", type(None): "null"}
PLURALS = {int: "whole numbers", float: "numbers", str: "texts", bool: "true or false", type(None): "null"}


def check_value(key: str, value: object, kind: Kind) -> None:
    """Raises InputError unless `value` is of the kind; says what is, and the nearest of several choices."""
    if not fits(value, kind):
        instead = f"{_meant(key, value, kind)}Write {describe(kind)}{_quotes(key, value, kind)}"
        raise InputError(key, _found(value, kind), instead)
    for bounds in _bounds_of_members(kind):
        if FolderPlace() in bounds and isinstance(value, str):
            _check_folder(key, value)


def fits(value: object, kind: Kind) -> bool:
    """Whether a plain value, as YAML gives it, is of the kind."""
    base, bounds = _parted(kind)
    if _built(base, bounds):
        return isinstance(value, Mapping) and "_target_" in value
    if _is_union(base):
        return any(fits(value, _with(member, bounds)) for member in get_args(base))
    if base in (None, type(None)):
        return value is None
    origin = get_origin(base) or base
    if origin is Literal:
        return any(type(value) is type(choice) and value == choice for choice in get_args(base))
    if origin in LISTS:
        return isinstance(value, list | tuple) and _within(value, bounds) and _all_fit(value, base)
    if origin in MAPPINGS:
        names, values = get_args(base) or (Any, Any)
        if not isinstance(value, Mapping) or "_target_" in value or not _within(value, bounds):
            return False
        return all(fits(name, names) and fits(one, values) for name, one in value.items())
    if base is str:
        return isinstance(value, str) and "\0" not in value and _within(value, bounds)
    if base is bool:
        return isinstance(value, bool)
    if base is int or base is float:
        return _is_number(value, base) and _within(value, bounds)
    return True


def describe(kind: Kind) -> str:
    """What to write, such as "a whole number from 1 to 9, or null"."""
    base, bounds = _parted(kind)
    if not _is_union(base):
        return _described(base, bounds, plural=False)
    members = [_with(member, bounds) for member in get_args(base)]
    # What is almost never meant comes last.
    members.sort(key=lambda member: _parted(member)[0] in (None, type(None)))
    *first, last = dict.fromkeys(describe(member) for member in members)
    return f"{', or '.join(first)}, or {last}" if first else last


def shown(value: object) -> str:
    """A value in a message, in one line that is not too long."""
    text = " ".join(repr(value).split())
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _described(base: Kind, bounds: Bounds, plural: bool) -> str:
    origin = get_origin(base) or base
    if built := _built(base, bounds):
        return "nodes with a _target_ each" if plural else built.example
    if FolderPlace() in bounds:
        return "the path of a folder"
    if origin is Literal:
        return f"one of: {', '.join(_as_yaml(choice) for choice in get_args(base))}"
    if origin in LISTS:
        inner = [arg for arg in get_args(base) if arg is not ...]
        of = _described_each(inner[0]) if inner and inner[0] is not Any else "values"
        return f"{'lists' if plural else 'a list'} of {_length(bounds)}{of}"
    if origin in MAPPINGS:
        return "mappings such as {key: value}" if plural else "a mapping such as {key: value}"
    base = type(None) if base is None else base
    noun = (PLURALS if plural else NOUNS).get(base, "another value")
    length = _length(bounds)
    return noun + (f" of {length}characters" if base is str and length else _range(bounds))


def _described_each(kind: Kind) -> str:
    base, bounds = _parted(kind)
    if _is_union(base):
        return " or ".join(_described_each(_with(member, bounds)) for member in get_args(base))
    return _described(base, bounds, plural=True)


def _range(bounds: Bounds) -> str:
    low = next((bound for bound in bounds if isinstance(bound, Ge | Gt)), None)
    high = next((bound for bound in bounds if isinstance(bound, Le | Lt)), None)
    if isinstance(low, Ge) and isinstance(high, Le):
        return f" from {low.ge} to {high.le}"
    if isinstance(low, Ge) and isinstance(high, Lt):
        return f" from {low.ge} up to, but not including, {high.lt}"
    above = f"of at least {low.ge}" if isinstance(low, Ge) else f"above {low.gt}" if isinstance(low, Gt) else ""
    below = f"of at most {high.le}" if isinstance(high, Le) else f"below {high.lt}" if isinstance(high, Lt) else ""
    text = " and ".join(part for part in (above, below) if part)
    return f" {text}" if text else ""


def _length(bounds: Bounds) -> str:
    """How many there may be, as in "at most 20 ", or an empty text."""
    low = next((bound.min_length for bound in bounds if isinstance(bound, MinLen)), 0)
    high = next((bound.max_length for bound in bounds if isinstance(bound, MaxLen)), None)
    if high is None:
        return f"at least {low} " if low else ""
    return f"{low} " if low == high else f"{low} to {high} " if low else f"at most {high} "


def _found(value: object, kind: Kind) -> str:
    """What stands there; of a list that is wrong in one place, that place."""
    base, _ = _parted(kind)
    lists = [member for member in (get_args(base) if _is_union(base) else (base,)) if get_origin(member) in LISTS]
    inner = [arg for member in lists for arg in get_args(member)[:1]]
    if isinstance(value, list | tuple) and inner:
        wrong = [one for one in value if not any(fits(one, arg) for arg in inner)]
        if wrong and len(value) > 1:
            return f"got {shown(wrong[0])} in a list"
    return f"got {shown(value)}"


def _meant(key: str, value: object, kind: Kind) -> str:
    base, _ = _parted(kind)
    members = get_args(base) if _is_union(base) else (base,)
    choices = [str(c) for member in members if get_origin(member) is Literal for c in get_args(member)]
    bounds = [bound for bounds in _bounds_of_members(kind) for bound in bounds]
    renamed = {old: new for one in bounds if isinstance(one, Renamed) for old, new in one.names.items()}
    return did_you_mean(renamed.get(str(value), str(value)), choices, f"{key}=")


def _quotes(key: str, value: object, kind: Kind) -> str:
    """How to write a number, true or false where a text is wanted."""
    wants_text = any(_parted(member)[0] is str for member in _members(kind))
    if not wants_text or value is None or not isinstance(value, bool | int | float):
        return ""
    return f". In quotes it is a text: '{key}=\"{_as_yaml(value)}\"'"


def _check_folder(key: str, path: str) -> None:
    place = Path(path).expanduser().absolute()
    try:
        there = next(folder for folder in (place, *place.parents) if folder.exists())
    except OSError as error:
        raise InputError(key, f"got {shown(path)} ({error.strerror})", "Write the path of a folder") from error
    if not there.is_dir():
        found = f"got {shown(path)}, and {there} is a file" if there != place else f"{shown(path)} is a file"
        raise InputError(key, found, "Write the path of a folder, or move that file away")
    if not os.access(there, os.W_OK | os.X_OK):
        raise InputError(key, f"got {shown(path)}, and nothing can be written in {there}", "Write another folder")


def _parted(kind: Kind) -> tuple[Kind, Bounds]:
    """(the type below `Annotated`, what is annotated, each bound by itself)."""
    bounds: list[object] = []
    while get_origin(kind) is Annotated:
        bounds += kind.__metadata__
        kind = kind.__origin__
    return kind, tuple(one for bound in bounds for one in _each(bound))


def _each(bound: Any) -> Iterable[object]:
    return bound if hasattr(bound, GROUPED) else (bound,)


def _with(kind: Kind, bounds: Bounds) -> Kind:
    return Annotated[kind, *bounds] if bounds else kind


def _members(kind: Kind) -> Iterator[Kind]:
    base, bounds = _parted(kind)
    if _is_union(base):
        for member in get_args(base):
            yield from _members(_with(member, bounds))
    else:
        yield kind


def _bounds_of_members(kind: Kind) -> Iterator[Bounds]:
    return (_parted(member)[1] for member in _members(kind))


def _is_union(base: Kind) -> bool:
    return get_origin(base) in (Union, types.UnionType)


def _built(base: Kind, bounds: Bounds) -> Built | None:
    """The mark of what a node builds; a function, and what has certain methods, are built too: YAML has neither."""
    marked = next((bound for bound in bounds if isinstance(bound, Built)), None)
    if marked is None and (get_origin(base) is Callable or getattr(base, "_is_protocol", False) is True):
        return Built()
    return marked


def _is_number(value: object, base: type) -> bool:
    if isinstance(value, bool) or not isinstance(value, int if base is int else int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond all floats
        return base is int


def _within(value: object, bounds: Bounds) -> bool:
    return all(_holds(value, bound) for bound in bounds)


def _holds(value: object, bound: object) -> bool:
    if isinstance(bound, MinLen | MaxLen):
        if not isinstance(value, Sized):
            return True
        return len(value) >= bound.min_length if isinstance(bound, MinLen) else len(value) <= bound.max_length
    if not isinstance(value, int | float):
        return True
    return all(holds(value, getattr(bound, name)) for kind, name, holds in BOUNDS if isinstance(bound, kind))


def _all_fit(values: Sequence[object], base: Kind) -> bool:
    inner = get_args(base)
    if not inner:
        return True
    if get_origin(base) is tuple and inner[-1] is not ...:
        return len(values) == len(inner) and all(fits(one, kind) for one, kind in zip(values, inner, strict=True))
    return all(fits(one, inner[0]) for one in values)


def _as_yaml(value: object) -> str:
    return {None: "null", True: "true", False: "false"}[value] if isinstance(value, bool | None) else str(value)
