import numpy as np
import pytest

from harness.trial.fingerprint import array_hash, code_hash, fingerprint, versions

CONFIG = {
    "loss": {"_target_": "harness.losses.WeightedRMSE", "form": "asked"},
    "model": {"_target_": "harness.models.rnn.rnn", "units": 8},
    "train": {"epochs": 3},
    "seed": 0,
    "search": {},
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
        {"threads": 2},
        {"sweep": {"id": "x"}},
    ],
)
def test_what_does_not_decide_the_result_does_not_count(changes):
    assert of(**changes) == of()


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": 1},
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


SEARCH = {"max_trials": 3, "space": None, "usual_space": {"model": {"units": {"type": "int"}}}, "keep": 3}


@pytest.mark.parametrize(
    "changes", [{"max_trials": 4}, {"space": {"model.units": {"type": "choice"}}}, {"usual_space": {"model": {}}}]
)
def test_what_decides_a_search_counts(changes):
    assert of(search=SEARCH) != of()
    assert of(search=SEARCH | changes) != of(search=SEARCH)


def test_what_a_search_leaves_behind_does_not_count():
    assert of(search=SEARCH | {"keep": 1}) == of(search=SEARCH)
    own = SEARCH | {"space": {"model.units": {"type": "choice"}}}
    assert of(search=own | {"usual_space": {}}) == of(search=own), "a space that is not searched"


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
