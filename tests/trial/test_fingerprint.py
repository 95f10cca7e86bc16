import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from harness.trial.fingerprint import DECIDES_NOTHING, HARNESS, array_hash, code_hash, fingerprint, versions

CONFIG = {
    "loss": {"_target_": "harness.losses.WeightedRMSE", "form": "root_over_sum"},
    "model": {"_target_": "harness.models.rnn.rnn", "units": 8},
    "train": {"epochs": 3},
    "seed": 0,
    "search": {},
    "evaluate": {"metrics": {}},
    "data": {"path": "here.csv"},
    "tracking": {"uri": "sqlite:///a.db"},
    "threads": 1,
    "sweep": {"id": None},
}


def of(hashes=("data", "weights", "judge"), **changes):
    return fingerprint({**CONFIG, **changes}, *hashes)


@pytest.mark.parametrize(
    "changes",
    [
        {"data": {"path": "there.csv"}},
        {"tracking": {"uri": "sqlite:///b.db"}},
        {"sweep": {"id": "x"}},
    ],
)
def test_what_does_not_decide_the_result_does_not_count(changes):
    assert of(**changes) == of()


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": 1},
        {"threads": 2},
        {"train": {"epochs": 4}},
        {"model": {**CONFIG["model"], "units": 9}},
        {"loss": {**CONFIG["loss"], "form": "batch"}},
        {"hashes": ("other", "weights", "judge")},
        {"hashes": ("data", "other", "judge")},
        {"hashes": ("data", "weights", "other")},
    ],
)
def test_what_decides_the_result_counts(changes):
    assert of(**changes) != of()


SEARCH = {"max_trials": 3, "space": {"model.units": {"type": "int"}}, "keep": 3}


@pytest.mark.parametrize("changes", [{"max_trials": 4}, {"space": {"model.units": {"type": "choice"}}}])
def test_what_decides_a_search_counts(changes):
    assert of(search=SEARCH) != of()
    assert of(search=SEARCH | changes) != of(search=SEARCH)


def test_what_a_search_leaves_behind_does_not_count():
    assert of(search=SEARCH | {"keep": 1}) == of(search=SEARCH)
    family = {**CONFIG["model"], "search_space": {"model.units": {"type": "choice"}}}
    assert of(model=family) == of(), "a space that is not searched"


def test_the_order_of_keys_does_not_count():
    backwards = dict(reversed(CONFIG.items()))
    assert fingerprint(backwards, "data", "weights", "judge") == of()


def test_versions_count(monkeypatch):
    before = of()
    monkeypatch.setattr("harness.trial.fingerprint.versions", lambda: {**versions(), "numpy": "0"})
    assert of() != before


def test_a_users_own_module_counts_by_its_text(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    module = tmp_path / "my_loss_module.py"
    module.write_text("class Mine: ...\n")
    before = code_hash({"my_loss_module.Mine"}, searches=False)
    module.write_text("class Mine:\n    steeper = True\n")
    assert code_hash({"my_loss_module.Mine"}, searches=False) != before
    assert before != code_hash(set(), searches=False)


@pytest.mark.parametrize("other", [np.array([1.0, 2.5]), np.array([[1.0, 2.0]]), np.array([1, 2])])
def test_an_array_counts_by_values_shape_and_type(other):
    assert array_hash(np.array([1.0, 2.0])) == array_hash(np.array([1.0, 2.0]))
    assert array_hash(np.array([1.0, 2.0])) != array_hash(other)


def test_a_view_counts_by_what_it_shows():
    assert array_hash(np.arange(6.0)[::2]) == array_hash(np.array([0.0, 2.0, 4.0]))


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the package, to edit."""
    folder = tmp_path_factory.mktemp("code") / "harness"
    return shutil.copytree(HARNESS, folder, ignore=shutil.ignore_patterns("__pycache__"))


def hashes():
    return [code_hash(set(), searches=searches) for searches in (False, True)]


@pytest.mark.parametrize("file", sorted(file.relative_to(HARNESS).as_posix() for file in HARNESS.rglob("*.py")))
def test_an_edit_of_a_module_counts_unless_its_room_decides_nothing(copy, monkeypatch, file):
    monkeypatch.setattr("harness.trial.fingerprint.HARNESS", copy)
    text, before = (copy / file).read_text(), hashes()
    (copy / file).write_text(text + "# edited\n")
    os.utime(copy / file, ns=(1, 1))
    after = hashes()
    (copy / file).write_text(text)
    room = file.split("/")[0]
    assert (before[1] == after[1]) == (room in DECIDES_NOTHING)
    assert (before[0] == after[0]) == (room in (*DECIDES_NOTHING, "search"))


def test_a_new_package_below_a_room_counts(copy, monkeypatch):
    monkeypatch.setattr("harness.trial.fingerprint.HARNESS", copy)
    before = hashes()
    (copy / "losses" / "more").mkdir()
    (copy / "losses" / "more" / "new.py").write_text("")
    assert hashes()[0] != before[0]


def test_the_device_counts(monkeypatch):
    before = of()
    monkeypatch.setattr("harness.trial.fingerprint.device", lambda: "NVIDIA H100")
    assert of() != before


def test_an_optimizer_of_keras_counts_without_being_imported():
    code = (
        "import sys; from harness.trial.fingerprint import code_hash\n"
        "assert code_hash({'keras.optimizers.Adam'}, searches=False) == code_hash(set(), searches=False)\n"
        "print({'keras', 'tensorflow'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
