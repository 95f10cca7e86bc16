"""What the README tells its reader to type, and what `conf/` prepares, composes."""

import re
import shlex
from pathlib import Path

import pytest
import yaml
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.types import RunMode

from harness.config.overrides import CONF, expand
from harness.sweep.composition import Composition
from harness.sweep.grid import combinations

README = (Path(__file__).parents[1] / "README.md").read_text()
LINES = [" ".join(found.split()) for found in re.findall(r"^(?:python -m )?harness (.*?)(?:\s+#.*)?$", README, re.M)]
LINES += [" ".join(found.split()) for found in re.findall(r"`harness ([^`]+)`", README)]
HEADERS = [
    line
    for file in sorted(CONF.rglob("*.yaml"))
    for line in re.findall(r"^#.*?python -m harness(?!\.) ?(.*)$", file.read_text(), re.M)
]


def composed(line):
    words = expand([word for word in shlex.split(line) if word != "-m"])
    with initialize_config_dir(str(CONF), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        experiment = [word for word in words if word.startswith("experiment=")]
        base = loader.load_configuration("config", experiment, run_mode=RunMode.MULTIRUN)
        composition = Composition(base, loader)
        return [composition.own(job)[0] for job in combinations(loader, base.hydra.sweeper.params, words, {}, [])]


@pytest.mark.parametrize("line", sorted({*LINES, *HEADERS}))
def test_every_command_composes(line):
    if "--" in line:
        pytest.skip("a flag of Hydra's or a folder of the reader's own")
    assert composed(line)


def test_there_are_commands_to_try():
    assert len(LINES) > 4
    assert len(HEADERS) > 15


@pytest.mark.parametrize("name", ["first result", "tests"])
def test_the_two_commands_are_one_line_each(name):
    block = re.search(rf"<!-- {name} -->\n```\n(.*?)```\n<!-- /{name} -->", README, re.S)[1]
    assert block.count("\n") == 1
    assert block.startswith("python3 -m venv")


@pytest.mark.parametrize("file", sorted((CONF / "experiment").glob("*.yaml")), ids=lambda file: file.stem)
def test_an_experiment_opens_with_its_command_and_holds_deltas_alone(file):
    assert f"#   python -m harness -m experiment={file.stem}" in file.read_text()
    content = yaml.safe_load(file.read_text())
    chosen = [choice for one in content.get("defaults", ()) for choice in one.items()]
    with initialize_config_dir(str(CONF), version_base="1.3"):
        defaults = compose("config", [f"{key.removeprefix('override /')}={value}" for key, value in chosen])
    for section, values in content.items():
        for key, value in values.items() if section not in ("hydra", "defaults") else ():
            assert defaults[section][key] != value, f"{section}.{key} is the default already"


def test_pictures_exist():
    for path in re.findall(r"!\[.*?\]\((.*?)\)", README):
        assert (Path(__file__).parents[1] / path).stat().st_size > 1000
