import pytest
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra

from harness.__main__ import CONF
from harness.errors import InputError
from harness.sweep.grid import combinations, labels_of, swept


@pytest.fixture
def loader():
    with initialize_config_dir(str(CONF), version_base="1.3"):
        yield GlobalHydra.instance().config_loader()


def test_every_combination_in_order(loader):
    found = combinations(loader, {}, ["loss=weighted_rmse,weighted_mse", "model.units=8", "seed=0,1"], {}, [])
    assert found == [
        ["loss=weighted_rmse", "model.units=8", "seed=0"],
        ["loss=weighted_rmse", "model.units=8", "seed=1"],
        ["loss=weighted_mse", "model.units=8", "seed=0"],
        ["loss=weighted_mse", "model.units=8", "seed=1"],
    ]


def test_the_command_line_replaces_a_configs_values(loader):
    found = combinations(loader, {"seed": "0,1,2", "weights": "uniform"}, ["seed=7"], {}, [])
    assert found == [["seed=7", "weights=uniform"]]


def test_ranges_and_nested_choices(loader):
    found = combinations(loader, {"evaluate.weights": "linear,uniform"}, ["seed=range(0,2)"], {}, [])
    assert found == [
        ["weights@evaluate.weights=linear", "seed=0"],
        ["weights@evaluate.weights=linear", "seed=1"],
        ["weights@evaluate.weights=uniform", "seed=0"],
        ["weights@evaluate.weights=uniform", "seed=1"],
    ]


def test_an_interval_is_no_list(loader):
    with pytest.raises(InputError, match=r"train.learning_rate: got .*interval\(0.1,1\)"):
        combinations(loader, {}, ["train.learning_rate=interval(0.1,1)"], {}, [])


def test_labels_leave_out_seed_and_sweep():
    given = ["loss=weighted_mse", "weights@evaluate.weights=linear", "seed=3", "sweep.id=x", "tracking.experiment=y"]
    assert labels_of(given) == {"loss": "weighted_mse", "evaluate.weights": "linear"}


def test_only_keys_that_differ_are_swept():
    labels = [{"loss": "a", "model.units": "8"}, {"loss": "b", "model.units": "8"}, {"loss": "b", "model.units": "8"}]
    assert swept(labels) == ["loss"]
