import pytest
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra

from harness.config.overrides import CONF
from harness.errors import InputError
from harness.sweep.grid import check_excluded, combinations, matches, planned_values


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
    with pytest.raises(InputError) as caught:
        combinations(loader, {}, [], {"weights": ["linear"], "model.units": [8, 16]}, [])
    found = "got lists of values of which weights has 1, model.units has 2"
    assert str(caught.value) == f"sweep.zip: {found}. Write equally many for each key"
    with pytest.raises(InputError, match=r"sweep\.zip: got lists of values of which seed has 0"):
        combinations(loader, {}, [], {"seed": []}, [])


@pytest.mark.parametrize("beside", ["model.units=8", "model.units=8,16"])
def test_a_zipped_key_has_no_values_besides(loader, beside):
    with pytest.raises(InputError) as caught:
        combinations(loader, {}, [beside], {"model.units": [8, 16]}, [])
    assert str(caught.value) == "sweep.zip: model.units is set or swept beside it. Take it out of one of the two"


def test_a_sweep_over_nothing_is_refused(loader):
    with pytest.raises(InputError) as caught:
        combinations(loader, {}, ["seed=range(0,0)"], {}, [])
    assert str(caught.value) == "seed: got seed=range(0,0), which has no value. Write one value or several"


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
    values = {"loss": ("loss_weights",), "weights": ("recency",), "seed": (0,)}
    assert matches(excluded, values) is matched


@pytest.mark.parametrize(
    ("excluded", "matched"),
    [
        ({"train.optimizer.learning_rate": 0.001}, True),
        ({"train.optimizer.learning_rate": "1e-3"}, True),
        ({"train.optimizer.learning_rate": 0.002}, False),
        ({"model.bidirectional": True}, True),
        ({"model.bidirectional": 1}, False),
        ({"weights.path": None}, True),
    ],
)
def test_a_value_is_what_the_config_has_or_what_was_written(excluded, matched):
    values = {
        "train.optimizer.learning_rate": (0.001, "1e-3"),
        "model.bidirectional": (True, "true"),
        "weights.path": (None,),
    }
    assert matches(excluded, values) is matched


TRIALS = [{"loss": ("mine",), "seed": (seed,)} for seed in (0, 1)]


@pytest.mark.parametrize(
    ("excluded", "told"),
    [
        ({"sed": 1}, "sweep.exclude: no trial has the key 'sed'. Did you mean seed? Write a key of the config"),
        ({"seed": 2}, "sweep.exclude: no trial has seed=2. Write one of: 0, 1"),
        ({"seed": [1, 2]}, "sweep.exclude: no trial has seed=2. Write one of: 0, 1"),
        ({"loss": "mime"}, "sweep.exclude: no trial has loss=mime. Did you mean mine? Write one of: mine"),
    ],
)
def test_a_typo_in_what_is_excluded_is_refused(excluded, told):
    with pytest.raises(InputError) as caught:
        check_excluded([{"seed": 1}, excluded], TRIALS, {})
    assert str(caught.value) == told


def test_a_file_may_exclude_what_the_command_line_leaves_out_of_its_grid(loader):
    planned = planned_values(loader, {"seed": "0,1,2", "evaluate.weights": "linear,uniform"})
    assert planned == {"seed": ["0", "1", "2"], "evaluate.weights": ["linear", "uniform"]}
    check_excluded([{"seed": 2}], TRIALS, planned)
