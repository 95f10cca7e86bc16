"""What a part takes, read from its signature: nobody lists a part's arguments a second time."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from functools import cache

from harness.kinds import Kind, Node

Empty = inspect.Parameter.empty


@dataclass(frozen=True)
class Declared:
    """The arguments of a part.

    Attributes:
        kinds: by name, what each is annotated with, or None where nothing is known of it.
        needed: those without a default.
        positional: those that may be given by position, in order.
        takes_any: whether it takes other names as well.
    """

    kinds: Mapping[str, Kind]
    needed: frozenset[str]
    positional: tuple[str, ...]
    takes_any: bool


@cache
def declared(part: Callable[..., object]) -> Declared:
    """The arguments of a function or a class; of a class also those that it hands on to the classes it derives from."""
    kinds: dict[str, Kind] = {}
    needed, positional, takes_any = set(), [], False
    for parameters, annotations in _makers(part):
        for name, parameter in parameters.items():
            if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL) or name in kinds:
                continue
            kinds[name] = annotations.get(name)
            if kinds[name] is None and is_of_keras(part):
                kinds[name] = _kind_of_default(parameter.default)
            if parameter.default is Empty:
                needed.add(name)
            if parameter.kind is not parameter.KEYWORD_ONLY:
                positional.append(name)
        takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
        if not takes_any:
            break
    return Declared(kinds, frozenset(needed), tuple(positional), takes_any)


def annotations_of(kind: type) -> dict[str, Kind]:
    """The annotations of a dataclass and of those that it derives from, by field."""
    found: dict[str, Kind] = {}
    for base in reversed(kind.__mro__):
        found |= _evaluated(base, vars(inspect.getmodule(base) or object))
    return found


def return_annotation(function: Callable[..., object]) -> Kind:
    """What a function says that it returns, or None."""
    function = inspect.unwrap(function)
    return _evaluated(function, getattr(function, "__globals__", {})).get("return")


def _makers(part: Callable[..., object]) -> Iterator[tuple[Mapping[str, inspect.Parameter], Mapping[str, Kind]]]:
    """Parameters and annotations of whatever takes the arguments, one after another where they are handed on."""
    if not isinstance(part, type):
        function = inspect.unwrap(part)
        yield _parameters(function), _evaluated(function, getattr(function, "__globals__", {}))
        return
    for base in part.__mro__:
        maker = vars(base).get("__init__")
        if maker is None or base is object:
            continue
        own = annotations_of(base) if is_dataclass(base) else _evaluated(maker, getattr(maker, "__globals__", {}))
        yield dict(list(_parameters(maker).items())[1:]), own


def is_of_keras(part: object) -> bool:
    """Whether Keras defines a part: it annotates nothing."""
    return str(getattr(part, "__module__", "")).startswith("keras.")


def _kind_of_default(default: object) -> Kind:
    """Where a default is a number, or true or false, so is what stands in its place."""
    return bool if isinstance(default, bool) else float | Node if isinstance(default, int | float) else None


def _parameters(function: Callable[..., object]) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):  # what is written in C need not have one
        return {"kwargs": inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD)}


def _evaluated(owner: Callable[..., object] | type, names: Mapping[str, object]) -> dict[str, Kind]:
    """The annotations of one function or class; one that cannot be evaluated here says nothing."""
    try:
        annotations = inspect.get_annotations(owner)
    except (NameError, TypeError):
        return {}
    found = {}
    for name, annotation in annotations.items():
        if isinstance(annotation, str):
            try:
                annotation = eval(annotation, dict(names))
            except Exception:
                continue
        found[name] = annotation
    return found
