import pytest
import yaml
from hydra import compose, initialize_config_dir

from harness.config.build import resolve
from harness.config.keys import GROUPS, RENAMED, Counts, Decides, check_known, counted, deciding, leaves, row
from harness.config.overrides import CONF
from harness.errors import InputError

FILES = sorted(file for file in CONF.rglob("*.yaml") if "hydra" not in file.parts and file.parent.name != "experiment")


def config(*overrides):
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return resolve(compose("config", list(overrides)))


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_every_key_of_conf_has_a_row(file):
    prefix = "" if file.parent == CONF else f"{file.parent.name}."
    content = yaml.safe_load(file.read_text()) or {}
    content.pop("defaults", None)
    content.pop("hydra", None)
    for key, _ in leaves(content):
        if file.parent.name != "optimizer":
            row(f"{prefix}{key}")


@pytest.mark.parametrize("key", ["data.window", "model.width", "weights.of.gamma", "train.optimizer.learning_rate"])
def test_a_row_speaks_for_the_keys_below_it(key):
    assert row(key).counts in (Counts.BY_VALUE, Counts.BY_CONTENT)


@pytest.mark.parametrize(
    ("key", "instead"),
    [
        ("train.epoch", "Did you mean train.epochs"),
        ("sweep.exlude", "Did you mean sweep.exclude"),
        ("seeed", "Did you mean seed"),
        *((old, f"Write {new}") for old, new in RENAMED.items() if not old.startswith(("train", "search", "tracking"))),
    ],
)
def test_a_key_without_a_row_is_refused_with_the_nearest(key, instead):
    with pytest.raises(InputError, match=instead):
        row(key)


@pytest.mark.parametrize("key", ["foo", "trein.foo", "train.foo", "windows"])
def test_what_is_near_no_key_is_refused_without_a_suggestion(key):
    with pytest.raises(InputError) as refused:
        row(key)
    assert refused.value.instead == "`python -m harness --help` prints all of them"


def test_what_nobody_reads_is_refused():
    with pytest.raises(InputError, match=r"^foo.bar: no such key"):
        check_known({**config(), "foo": {"bar": 1}})


def test_the_longest_prefix_counts():
    assert row("model.search_space.model.units").decides is Decides.SEARCH
    assert row("model.units").decides is Decides.MODEL
    assert row("search.keep").counts is Counts.NOT
    assert row("search.repeats").counts is Counts.BY_VALUE


def test_the_sections_of_a_config():
    found = config("search=random")
    assert set(deciding(found, Decides.REPLICATE)) <= {"seed", "fold"}
    assert "train.epochs" in counted(found)
    assert not {key for key in counted(found) if key.startswith(("data", "weights", "tracking", "report", "sweep"))}


def test_groups_are_folders_of_conf():
    assert all((CONF / group).is_dir() for group in GROUPS)
