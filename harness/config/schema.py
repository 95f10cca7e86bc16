"""Checks a config against what its parts and the table of keys declare, before anything is read or written.

A part declares its arguments by the annotations of its own signature (see `harness/kinds.py`), also a user's own part;
what is no part's argument is declared in `config/keys.py`. Parts of Keras are looked up only where they are built,
since that imports TensorFlow.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any

from harness.checks import did_you_mean
from harness.config.allowed import VARIABLE, check_targets
from harness.config.declared import Declared, annotations_of, declared, is_of_keras, return_annotation
from harness.config.keys import GROUPS, SECTIONS, TABLE, kind_of
from harness.config.overrides import CONF, files_of
from harness.config.values import check_value, describe, shown
from harness.data.framing import SeriesFraming, WindowsFraming
from harness.errors import InputError
from harness.kinds import Config, Kind, Node
from harness.metrics import OWN_FIELDS
from harness.spec import Series, Windows

# Their modules import TensorFlow.
HEAVY = ("keras.", "harness.losses.")
# What they name may have become a file, or a folder, since it was checked.
WITH_PLACES = ("tracking", "report")
# What the node of a user's own callback says of it: it remembers nothing from epoch to epoch.
STATELESS = "stateless"
# Keys that stand in a node and are no arguments of its part: the harness reads them itself.
BESIDE: Mapping[str, Mapping[str, Kind]] = {
    "model": {"search_space": Config | None},
    "train": {"optimizer": Node, "callbacks": Sequence[Node]},
    "train.callbacks": {STATELESS: bool},
    "evaluate.metrics": dict.fromkeys(OWN_FIELDS, bool),
    "tracking": {"also": Mapping[str, Node]},
}
# Nodes whose parts are made, or called, several times.
MADE_LATER = ("train", "train.optimizer", "train.callbacks", "evaluate.metrics")
# How many arguments the harness gives by position to the parts at a key.
POSITIONAL = {"weights": 2, "evaluate.weights": 2, "evaluate.metrics": 3, "model": 3}
# And by name.
NAMED = {"train": ("optimizer", "callbacks", "metrics")}

NOT_PARTIAL = "its file does not say `_partial_: true`", "Add that line: it is called later"


def check_config(config: Config) -> None:
    """Checks every value of a resolved config.

    Raises:
        InputError: a section or a key that is missing, a value of another kind or out of its bounds, a key that a part
            does not know, or a `_target_` that is not allowed.
    """
    check_sections(config)
    for row in TABLE:
        if row.kind is not None and not row.optional:
            check_value(row.name, _value_at(config, row.name), row.kind)
    for key, node in _nodes_of(config):
        if not str(node["_target_"]).startswith(HEAVY):
            _check_once(key, node)
        else:
            for name, value in node.items():
                _check_kind(f"{key}.{name}", value, kind_of(f"{key}.{name}"))


def _check_once(key: str, node: Config) -> None:
    """`check_part`, but once for each node: most trials of a sweep share most of theirs."""
    if key.startswith(WITH_PLACES):
        check_part(key, node)
    else:
        _check_text(key, json.dumps(node), os.environ.get(VARIABLE))


@lru_cache(maxsize=4096)
def _check_text(key: str, node: str, _allowed: str | None) -> None:
    check_part(key, json.loads(node))


def check_sections(config: Config) -> None:
    """Raises InputError where a section of conf/ is deleted, null, or a single value."""
    for section in SECTIONS:
        value = config.get(section)
        if isinstance(value, Mapping):
            continue
        found = "it is deleted, or null" if value is None else f"got {shown(value)}"
        if section in GROUPS:
            raise InputError(section, found, f"Write {section}=<one of: {', '.join(files_of(section, CONF))}>")
        key = next(row.name for row in TABLE if row.name.startswith(f"{section}.") and "_" not in row.name)
        raise InputError(section, found, f"Leave it as it is, and set single keys of it, such as {key}=...")


def check_part(key: str, node: Config) -> None:
    """Checks the arguments of one node, and of the nodes in it, against the signatures of their `_target_`s.

    Args:
        key: where the node stands, with dots.

    Raises:
        InputError: see `check_config`.
    """
    arguments = arguments_of(key, node)
    check_targets(key, arguments)
    for name, kind in BESIDE.get(_section(key), {}).items():
        if name in node:
            check_value(f"{key}.{name}", node[name], kind)
    module, _, name = node["_target_"].rpartition(".")
    check_arguments(key, getattr(import_module(module), name), arguments)
    for name, child in arguments.items():
        for place, inner in _inner(f"{key}.{name}", child):
            check_part(place, inner)


def arguments_of(key: str, node: Config) -> dict[str, Any]:
    """A node as Hydra builds it: without what the harness reads itself."""
    section = _section(key)
    own = {name: value for name, value in node.items() if name not in BESIDE.get(section, {})}
    return {**own, "_partial_": True} if section in MADE_LATER else own


def check_arguments(key: str, part: Callable[..., object], arguments: Config) -> None:
    """Checks arguments by name, as YAML gives them, against the signature of `part`.

    Args:
        key: where they stand in a config, with dots.
        arguments: those that begin with `_` are Hydra's own; with `_partial_: true` what is given by position later
            may be left out.

    Raises:
        InputError: an argument that is missing or not known, or a value that its annotation excludes.
    """
    partial = arguments.get("_partial_", False)
    check_value(f"{key}._partial_", partial, bool)
    if key == "data" and not partial:
        raise InputError(key, *NOT_PARTIAL)
    takes, by_harness = _with_framing(key, part), _by_harness(key, part) if partial else ()
    known = [name for name in takes.kinds if name not in by_harness]
    for name, value in arguments.items():
        if name.startswith("_"):
            continue
        if name not in known and (not takes.takes_any or name in by_harness):
            instead = f"{did_you_mean(name, known, f'{key}.')}Write one of: {', '.join(known)}"
            raise InputError(f"{key}.{name}", "no such key", instead)
        kinds = takes.kinds.get(name), kind_of(f"{key}.{name}")
        # The table knows more of an argument of Keras than its default does.
        of_part, of_table = kinds if not is_of_keras(part) else kinds[::-1]
        _check_kind(f"{key}.{name}", value, of_table if of_part is None else of_part)
    if "_args_" in arguments:
        return
    for name in known:
        # Whoever builds the part around it calls a node in a node, with what only that part knows.
        later = partial and name in takes.positional and not _is_called_by_harness(key)
        if name in takes.needed and name not in arguments and not later:
            if name in takes.positional and not partial and key in POSITIONAL:
                raise InputError(key, *NOT_PARTIAL)
            raise InputError(
                f"{key}.{name}", "no value is given", f"Write {_example(f'{key}.{name}', takes.kinds[name])}"
            )


def check_launcher(node: Any) -> None:
    """Checks `hydra.launcher`, a node that Hydra builds. Errors: `check_config`."""
    module, _, name = str(node["_target_"]).rpartition(".")
    check_arguments("hydra.launcher", getattr(import_module(module), name), node)


def _check_kind(key: str, value: object, kind: Kind) -> None:
    if kind is not None:
        check_value(key, value, kind)


def _by_harness(key: str, part: Callable[..., object]) -> tuple[str, ...]:
    """The names of the arguments that the harness gives to a part when it calls it."""
    return (*declared(part).positional[: POSITIONAL.get(_section(key), 0)], *NAMED.get(key, ()))


def _is_called_by_harness(key: str) -> bool:
    """Whether a node stands where the harness itself takes a part, and not in another node."""
    return _section(key) in (*POSITIONAL, *MADE_LATER, "tracking.also", "data")


def _with_framing(key: str, part: Callable[..., object]) -> Declared:
    """What a part takes; what cuts, splits and scales the data of a source stands beside its own arguments."""
    takes = declared(part)
    if key != "data":
        return takes
    own = {name: kind for name, kind in takes.kinds.items() if name not in takes.positional}
    given = return_annotation(part)
    series, windows = annotations_of(SeriesFraming), annotations_of(WindowsFraming)
    framing = windows if given is Windows else series
    # Only when it is read does a source without that annotation show what it gives.
    needed = frozenset(framing if given in (Series, Windows) else ())
    return Declared({**series, **windows, **framing, **own}, takes.needed | needed, (), takes.takes_any)


def _nodes_of(config: Config) -> Iterator[tuple[str, Config]]:
    """Every node of a config that the harness builds, with its key."""
    for key in ("data", "weights", "loss", "model", "search", "report", "train", "tracking"):
        # No search is an empty node; a tracker that is no store is told so where it is built.
        if "_target_" in config[key]:
            yield key, config[key]
    yield "evaluate.weights", config["evaluate"]["weights"]
    yield "train.optimizer", config["train"]["optimizer"]
    yield from ((f"train.callbacks.{place}", node) for place, node in enumerate(config["train"]["callbacks"]))
    for key in ("evaluate.metrics", "tracking.also"):
        yield from ((f"{key}.{name}", node) for name, node in _value_at(config, key).items())


def _inner(key: str, value: object) -> Iterator[tuple[str, Config]]:
    """The nodes in a value, at any depth, with their keys; what is in those is left to them."""
    if isinstance(value, Mapping):
        if "_target_" in value:
            yield key, value
        else:
            for name, child in value.items():
                yield from _inner(f"{key}.{name}", child)
    elif isinstance(value, list):
        for place, child in enumerate(value):
            yield from _inner(f"{key}.{place}", child)


def _value_at(config: Config, key: str) -> Any:
    node: Any = config
    for name in key.split("."):
        if not isinstance(node, Mapping) or name not in node:
            raise InputError(key, "no value is given", f"Write {_example(key, kind_of(key))}")
        node = node[name]
    return node


def _example(key: str, kind: Kind) -> str:
    told = "a value" if kind is None else describe(kind)
    return told if told.startswith(f"{key}=") else f"{key}=<{told}>"


def _section(key: str) -> str:
    """The key that speaks for a node in the tables above: `train.callbacks` for `train.callbacks.0`."""
    above = key.rpartition(".")[0]
    return above if above in ("train.callbacks", "evaluate.metrics", "tracking.also") else key
