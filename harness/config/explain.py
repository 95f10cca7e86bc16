"""What is said of an error: of the project's own, and of Hydra's."""

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from harness.checks import did_you_mean
from harness.config.keys import GROUPS, RENAMED
from harness.config.overrides import NESTED_CHOICES, composed
from harness.errors import HarnessError, without_passwords
from harness.kinds import Config

# The part of a value that a message shows.
SHOWN = 80
# Of a message of Hydra's own.
LINES = 5


def explain(error: Exception, conf: Path) -> str:
    """An error as a short message for the terminal, without passwords."""
    return without_passwords(_explained(error, conf))


def _explained(error: Exception, conf: Path) -> str:
    if isinstance(error, HarnessError):
        return f"error: {error}"
    text = str(error).strip()
    if told := _of_hydra(error, text):
        return f"error: {told}"
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
        return "\n".join(f"error: {text}{cause}".splitlines()[:LINES])
    if isinstance(error, MemoryError):
        return "error: the memory of this machine is not enough. Write a smaller network, batch or data set"
    return f"error: {type(error).__name__}: {text}\nSet HYDRA_FULL_ERROR=1 to see where it comes from."


def _of_hydra(error: Exception, text: str) -> str:
    """What is said of an override or a value that Hydra and OmegaConf cannot read; an empty text for other errors."""
    first = text.partition("\n")[0]
    if override := getattr(error, "override", None):
        instead = "Write the whole in single quotes, and a text with signs such as , = [ { in double quotes inside them"
        return f"{override.partition('=')[0]}: {override!r} cannot be read ({first}). {instead}"
    if merged := re.match(r"Error merging override ([^=\s]+)=(.*)", first):
        cause = str(error.__cause__ or "").partition("\n")[0]
        if "Cannot merge" in cause:
            cause = "it is a section, whose keys are written one by one"
        return f"{merged[1]}: got {merged[2][:SHOWN]}. {cause[:1].upper()}{cause[1:]}"
    if added := re.match(r"Could not append to config. An item is already at '([^']+)'", first):
        return f"{added[1]}: it is there already. Write it without +"
    if deleted := re.match(r"Could not delete (?:from config. )?'?([^'\s=]+)", first):
        return f"{deleted[1]}: there is no such key to delete. `python -m harness --help` prints all of them"
    inner = re.search(r"full_key: (\S+)", str(error.__cause__ or ""))
    if inner and (outer := re.match(r"Could not override '([^'@]+)'", text)) and inner[1].startswith(f"{outer[1]}."):
        return f"{inner[1]}: no such key. Write +{inner[1]}=... to add it"
    if missing := re.match(r"Interpolation key '([^']+)' not found", first):
        key = next((word.partition("=")[0] for word in sys.argv[1:] if f"${{{missing[1]}}}" in word), missing[1])
        return f"{key}: there is no key {missing[1]!r} to take a value from. Write a value, or another key"
    if full_key := getattr(error, "full_key", None):
        if "Missing mandatory value" in first:
            return f"{full_key}: no value is given. Write {full_key}=<value>"
        return f"{full_key}: {first}. Write a value"
    return ""


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


def _keys(node: Config, prefix: str = "") -> Iterator[str]:
    for key, value in node.items():
        yield f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from _keys(value, f"{prefix}{key}.")
