import pytest
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra

from harness.cli.main import CONF
from harness.errors import InputError
from harness.sweep.grid import combinations, matches


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
    with pytest.raises(InputError, match=r"train.optimizer.learning_rate: got .*interval\(0.1,1\)"):
        combinations(loader, {}, ["train.optimizer.learning_rate=interval(0.1,1)"], {}, [])


def test_zipped_keys_change_together_as_one_axis(loader):
    found = combinations(loader, {}, ["seed=0,1"], {"weights": ["linear", "uniform"], "model.units": [8, 16]}, [])
    assert found == [
        ["seed=0", "weights=linear", "model.units=8"],
        ["seed=0", "weights=uniform", "model.units=16"],
        ["seed=1", "weights=linear", "model.units=8"],
        ["seed=1", "weights=uniform", "model.units=16"],
    ]


def test_zipped_keys_must_be_equally_many(loader):
    with pytest.raises(InputError, match=r"sweep.zip: got .*Write a list for each key, all equally long"):
        combinations(loader, {}, [], {"weights": ["linear"], "model.units": [8, 16]}, [])


def test_included_combinations_stand_beside_the_grid_with_what_is_not_swept(loader):
    include = [{"loss": "add_loss", "loss.of": "weighted_rmse", "model.bidirectional": True}]
    found = combinations(loader, {}, ["seed=0,1", "train.epochs=3"], {}, include)
    assert found == [
        ["seed=0", "train.epochs=3"],
        ["seed=1", "train.epochs=3"],
        ["train.epochs=3", "loss=add_loss", "loss@loss.of=weighted_rmse", "model.bidirectional=true"],
    ]


def test_without_a_grid_the_included_combinations_are_all(loader):
    assert combinations(loader, {}, ["train.epochs=3"], {}, [{"seed": 7}]) == [["train.epochs=3", "seed=7"]]


@pytest.mark.parametrize(
    ("excluded", "matched"),
    [
        ({"loss": "loss_weights", "weights": "recency"}, True),
        ({"loss": "loss_weights", "weights": ["file", "recency"]}, True),
        ({"loss": "loss_weights", "weights": "linear"}, False),
        ({"seed": 0}, True),
        ({"model.units": 8}, False),
    ],
)
def test_excluded_combinations(excluded, matched):
    assert matches(excluded, {"loss": "loss_weights", "weights": "recency", "seed": "0"}) is matched
