"""What is said of an error: of the project's own, and of Hydra's."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.checks import did_you_mean
from harness.config.keys import GROUPS, RENAMED
from harness.config.overrides import NESTED_CHOICES, composed
from harness.errors import HarnessError, without_passwords


def explain(error: Exception, conf: Path) -> str:
    """An error as a short message for the terminal, without passwords."""
    return without_passwords(_explained(error, conf))


def _explained(error: Exception, conf: Path) -> str:
    if isinstance(error, HarnessError):
        return f"error: {error}"
    text = str(error).strip()
    unknown = re.search(r"Could not override '([^'@]+)'", text) or re.search(r"Key '([^']+)' is not in struct", text)
    if unknown:
        return f"error: {_unknown_key(unknown[1], conf)}"
    choice = re.search(r"Could not find '([^']+)/([^'/]+)'", text)
    if choice:
        names = re.findall(r"^\t(\S+)$", text, re.M)
        return f"error: {_unknown_choice(choice[1], choice[2], names)}"
    if text.startswith("Ambiguous value"):
        key, _, values = text.partition("'")[2].partition("'")[0].partition("=")
        return f"error: {key}: got several values, {values}. Add -m to sweep over them"
    if type(error).__module__.startswith(("hydra.", "omegaconf.")):
        cause = f"\n{error.__cause__}" if error.__cause__ and str(error.__cause__) not in text else ""
        return f"error: {text}{cause}"
    return f"error: {type(error).__name__}: {text}\nSet HYDRA_FULL_ERROR=1 to see where it comes from."


def _unknown_choice(group: str, name: str, names: Sequence[str]) -> str:
    # A group such as `optimizer` is chosen below another one alone.
    nested = [short for short, hydra in NESTED_CHOICES.items() if hydra.split("@")[0] == group]
    key = group if group in GROUPS or not nested else nested[0]
    return f"{key}: there is no {name!r}. {did_you_mean(name, names, f'{key}=')}Write one of: {', '.join(names)}"


def _unknown_key(key: str, conf: Path) -> str:
    from hydra.core.global_hydra import GlobalHydra

    GlobalHydra.instance().clear()
    keys = {*_keys(composed([], conf))}
    for group in GROUPS:
        for file in (conf / group).glob("*.yaml"):
            keys |= {f"{group}.{name}" for name in re.findall(r"^(\w+):", file.read_text(), re.M) if name[0] != "_"}
    if key in RENAMED:
        return f"{key}: this key has another name now. Write {RENAMED[key]}"
    if key in keys:
        return f"{key}: no such key under the choices made. It belongs to another file of conf/{key.split('.')[0]}"
    return f"{key}: no such key. {did_you_mean(key, keys)}`python -m harness --help` prints all of them"


def _keys(node: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in node.items():
        yield f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from _keys(value, f"{prefix}{key}.")
