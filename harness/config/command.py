"""The words of a command that trains nothing: key=value of the config, and names."""

from collections.abc import Sequence
from typing import Any

from harness.config.overrides import CONF, check_choices, composed, config_dirs, read_command

FILTER = "report.filter"


def read_words(words: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """(the resolved config under those words that are key=value, those that are names).

    `--config-dir FOLDER` allows the code that the YAML files there name, see `config/allowed.py`.

    Raises:
        InputError: whatever `resolve` refuses.
    """
    from harness.config.build import resolve

    own = config_dirs(words)
    flags = {"--config-dir", "-cd", *map(str, own)}
    plain = [word for word in words if word not in flags and not word.startswith("--config-dir=")]
    read_command(words)
    check_choices(plain, CONF)
    config = resolve(composed([_quoted(word) for word in plain if "=" in word], CONF, own))
    return config, [word for word in plain if "=" not in word]


def _quoted(word: str) -> str:
    """A filter holds quotes and signs that Hydra would read as its own."""
    key, _, value = word.partition("=")
    if key != FILTER or value in ("null", ""):
        return word
    return f'{key}="{value}"'.replace('""', '"')
