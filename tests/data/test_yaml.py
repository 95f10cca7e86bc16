"""Each source is described by one YAML file with exactly its arguments, and the keys of its framing."""

import inspect
from dataclasses import fields
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from harness.data.framing import SeriesFraming, WindowsFraming

SERIES = {field.name for field in fields(SeriesFraming)}
WINDOWS = {field.name for field in fields(WindowsFraming)}
FOLDER = Path(__file__).parents[2] / "conf" / "data"
FILES = sorted(FOLDER.glob("*.yaml"))


def test_there_are_sources():
    assert {file.stem for file in FILES} >= {"co2", "csv_file", "npz_file", "mackey_glass"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_keys_are_the_arguments(file):
    keys = yaml.safe_load(file.read_text())
    for parent in keys.pop("defaults", []):
        if parent != "_self_":
            above = yaml.safe_load((FOLDER / f"{parent}.yaml").read_text())
            assert set(keys) <= set(above)
            keys = {**above, **keys}
    assert keys.pop("_partial_") is True
    module, name = keys.pop("_target_").rsplit(".", 1)
    arguments = inspect.signature(getattr(import_module(module), name)).parameters
    # The others say how the source's series or windows are framed.
    assert [key for key in keys if key in arguments] == list(arguments)
    assert set(keys) - set(arguments) in (SERIES, WINDOWS)
    for argument in arguments.values():
        assert argument.kind is argument.KEYWORD_ONLY
        assert argument.default is argument.empty


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_opens_with_a_command(file):
    first, second = file.read_text().splitlines()[:2]
    assert first.startswith("# ")
    assert second.startswith(f"#   python -m harness data={file.stem}")
