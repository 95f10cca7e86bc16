"""A space in the config's own keys: what it refuses, what it proposes, where its edges are."""

import copy
import itertools

import pytest
from hydra import compose, initialize_config_dir

from harness.config.build import build_part, resolve
from harness.config.overrides import CONF
from harness.config.overrides import composed as composed_with
from harness.errors import InputError
from harness.metrics import BUILT_IN
from harness.search.oracles.grid import Grid
from harness.search.oracles.random import Random
from harness.search.space import Space

RMSE = BUILT_IN.of("val_rmse")
CONFIG = {
    "seed": 0,
    "threads": 1,
    "tracking": {"_target_": "somewhere.Tracker", "uri": "sqlite:///x"},
    "data": {"_target_": "somewhere.data", "lookback": 10, "split": [0.7, 0.1, 0.2]},
    "rescale_weights": "mean_one",
    "loss": {"_target_": "somewhere.Loss", "form": "root_over_sum"},
    "model": {
        "_target_": "somewhere.rnn",
        "cell": "gru",
        "units": 32,
        "upper_units": None,
        "layers": 1,
        "dropout": 0.0,
    },
    "train": {"optimizer": {"learning_rate": 0.003}, "epochs": 9},
}
UNITS = {"type": "int", "low": 1, "high": 4}
LAYERS = {"type": "choice", "values": [1, 2]}
UPPER = {"type": "int", "low": 5, "high": 8, "when": {"model.layers": 2}}
RATE = {"type": "float", "low": 1e-4, "high": 1e-2, "log": True}


def search(kind=Random, **changes):
    given = {"space": None, "objective": "val_rmse", "repeats": 1, "keep": 0, "workers": None, "max_trials": 60}
    return kind(**{**given, **changes})


def proposed(asked, folder, kind=Random, **changes):
    """The values of every proposal, each of which gets the same score."""
    proposals = search(kind, **changes).proposals(Space(asked, CONFIG), 9, 0, RMSE, folder)
    found = []
    while batch := proposals.next_batch():
        found += [dict(proposal.values) for proposal in batch]
        proposals.report_scores([1.0] * len(batch))
    return found


def edges(asked, values):
    return Space(asked, CONFIG).edges(values)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        pytest.param({}, ["search.space: it is empty", "search=none"], id="empty"),
        pytest.param({"model": {}}, ["search.space: it is empty"], id="empty below a section"),
        pytest.param(
            {"model.unitz": UNITS},
            ["search.space.model.unitz: the config has no such key", "Did you mean model.units?"],
        ),
        pytest.param({"model": {"unitz": UNITS}}, ["search.space.model.unitz", "Did you mean model.units?"]),
        pytest.param(
            {"optimiser.rate": RATE}, ["search.space.optimiser.rate", "no such key", "train.optimizer.learning_rate"]
        ),
        pytest.param({"seed": UNITS}, ["search.space.seed: it is not searched", "data, weights"]),
        pytest.param({"tracking.uri": LAYERS}, ["search.space.tracking.uri: it is not searched"]),
        pytest.param({"threads": UNITS}, ["search.space.threads: it is not searched"]),
        pytest.param({"loss": LAYERS}, ["search.space.loss: it names files of conf/", "Sweep over them: -m loss="]),
        pytest.param({"model": LAYERS}, ["search.space.model: it names files of conf/"]),
        pytest.param({"model._target_": LAYERS}, ["search.space.model._target_: the config has no such key"]),
        pytest.param({"model.units": 32}, ["search.space.model.units: got 32", "{type: int, low: ..., high: ...}"]),
        pytest.param(
            {"model.units": {**UNITS, "type": "itn"}},
            ["search.space.model.units.type: got 'itn'", "search.space.model.units.type=int", "int, float, choice"],
        ),
        pytest.param(
            {"model.units": {"type": "int", "high": 4}}, ["search.space.model.units.low: it is missing", "low and high"]
        ),
        pytest.param({"model.units": {"type": "float", "low": 4}}, ["search.space.model.units.high: it is missing"]),
        pytest.param({"model.cell": {"type": "choice"}}, ["search.space.model.cell.values: it is missing"]),
        pytest.param(
            {"model.units": {**UNITS, "steps": 2}},
            ["search.space.model.units, a int", "'steps'", "low, high, step, log"],
        ),
        pytest.param({"model.units": {**UNITS, "low": 9}}, ["search.space.model.units: low is 9, above high, 4"]),
        pytest.param({"model.units": {**UNITS, "low": 0.5}}, ["search.space.model.units.low: got 0.5", "whole number"]),
        pytest.param({"model.units": {**UNITS, "high": "many"}}, ["search.space.model.units.high: got 'many'"]),
        pytest.param({"model.units": {**UNITS, "low": True}}, ["search.space.model.units.low: got True"]),
        pytest.param(
            {"train.optimizer.learning_rate": {**RATE, "high": float("inf")}},
            ["search.space.train.optimizer.learning_rate.high: got inf"],
        ),
        pytest.param(
            {"train.optimizer.learning_rate": {**RATE, "low": 0}},
            ["search.space.train.optimizer.learning_rate.low: got 0 with log: true", "above 0, or log: false"],
        ),
        pytest.param(
            {"train.optimizer.learning_rate": {**RATE, "log": "yes"}},
            ["search.space.train.optimizer.learning_rate.log: got 'yes'"],
        ),
        pytest.param({"model.units": {**UNITS, "step": 0}}, ["search.space.model.units.step: got 0", "above 0"]),
        pytest.param({"model.units": {**UNITS, "step": -1}}, ["search.space.model.units.step: got -1", "above 0"]),
        pytest.param(
            {"model.units": {**UNITS, "step": 1.5}}, ["search.space.model.units.step: got 1.5", "whole number"]
        ),
        pytest.param(
            {"model.units": {**UNITS, "step": 1, "log": True}},
            ["search.space.model.units.step: got 1", "above 1", "so many times the last"],
        ),
        pytest.param(
            {"model.cell": {"type": "choice", "values": []}},
            ["search.space.model.cell.values: got []", "different values"],
        ),
        pytest.param(
            {"model.cell": {"type": "choice", "values": ["gru", "lstm", "gru"]}},
            ["search.space.model.cell.values: got ['gru', 'lstm', 'gru']", "different values"],
        ),
        pytest.param(
            {"model.dropout": {"type": "choice", "values": [0, 0.0]}},
            ["search.space.model.dropout.values: got [0, 0.0]"],
        ),
        pytest.param(
            {"model.cell": {"type": "choice", "values": "gru"}}, ["search.space.model.cell.values: got 'gru'"]
        ),
        pytest.param(
            {"model.upper_units": UPPER},
            ["search.space.model.upper_units.when: 'model.layers' is not searched", "one of: model.upper_units"],
        ),
        pytest.param(
            {"model.layers": {**LAYERS, "when": {"model.upper_units": 5}}, "model.upper_units": UPPER},
            ["search.space.model.layers.when: model.upper_units depends on it in turn"],
            id="circular",
        ),
        pytest.param(
            {"model.units": {**UNITS, "when": {"model.units": 1}}},
            ["search.space.model.units.when: model.units depends on it in turn"],
            id="on itself",
        ),
        pytest.param(
            {"model.layers": LAYERS, "model.upper_units": {**UPPER, "when": {"model.layers": 3}}},
            ["search.space.model.upper_units.when.model.layers: got 3", "one of: 1, 2"],
            id="on a value that the choice does not have",
        ),
        pytest.param(
            {"model.layers": UNITS, "model.upper_units": {**UPPER, "when": {"model.layers": 7}}},
            ["search.space.model.upper_units.when.model.layers: got 7", "1", "4"],
            id="on a value outside the range",
        ),
        pytest.param(
            {"model.layers": LAYERS, "model.upper_units": {**UPPER, "when": 2}},
            ["search.space.model.upper_units.when: got 2", "{other.key: value}"],
            id="on a value of nothing",
        ),
        pytest.param(
            {"model.layers": LAYERS, "model.upper_units": {**UPPER, "when": {"model.layers": []}}},
            ["search.space.model.upper_units.when.model.layers: got []"],
            id="on no value",
        ),
    ],
)
def test_refused(asked, told):
    with pytest.raises(InputError) as error:
        Space(asked, CONFIG)
    for words in told:
        assert words in str(error.value)


def test_a_key_that_is_set_as_well_is_not_searched():
    with pytest.raises(InputError, match=r"model\.units: it is searched, and set to 3 as well\. Take it out"):
        search(space={"model.units": UNITS}).space_of(CONFIG, {"loss": "weighted_mse", "model.units": "3"})
    assert search(space={"model.units": UNITS}).space_of(CONFIG, {"loss": "weighted_mse", "train.epochs": "3"})


def composed(*overrides):
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return resolve(compose("config", list(overrides)))


def keys(*overrides):
    config = composed(*overrides)
    return [dimension.key for dimension in build_part(config, "search").space_of(config, {}).dimensions]


def test_the_space_is_that_of_the_model_family():
    usual = ["model.cell", "model.units", "model.layers", "train.optimizer.learning_rate", "model.upper_units"]
    assert keys("search=random") == keys("search=random", "search.space=null") == usual
    config = composed("search=bayesian", "model.search_space.model.units.high=48")
    (units,) = [one for one in build_part(config, "search").space_of(config, {}).dimensions if one.key == "model.units"]
    assert (units.low, units.high) == (16, 48)


def test_a_space_of_ones_own_stands_for_that_of_the_model_family():
    assert keys("search=random", "search.space={model.units: {type: int, low: 8, high: 64}}") == ["model.units"]
    assert keys(
        "search=random", "~model.search_space", "search.space={model.layers: {type: int, low: 1, high: 2}}"
    ) == ["model.layers"]


@pytest.mark.parametrize(
    ("file", "head"),
    [("search/mine", "defaults: [random, _self_]\n"), ("experiment/mine", "# @package _global_\nsearch:\n  ")],
)
def test_a_space_in_a_file_of_ones_own_stands_for_that_of_the_model_family(tmp_path, file, head):
    path = tmp_path / f"{file}.yaml"
    path.parent.mkdir()
    path.write_text(f"{head}space: {{model: {{units: {{type: choice, values: [8, 24]}}}}}}\n")
    choices = ["search=mine"] if file.startswith("search") else ["search=random", "experiment=mine"]
    config = resolve(composed_with(choices, CONF, [tmp_path]))
    (units,) = build_part(config, "search").space_of(config, {}).dimensions
    assert (units.key, units.type, units.values) == ("model.units", "choice", [8, 24])


def test_a_family_without_a_space_is_refused_with_what_to_write():
    with pytest.raises(InputError) as refused:
        keys("search=random", "~model.search_space")
    assert str(refused.value) == (
        "search.space: it is empty, and the model family has no search_space. "
        "Write {model.units: {type: int, low: 8, high: 64}} there, or as search_space: in the YAML file of the "
        "model family"
    )


def test_the_space_of_the_family_is_no_argument_of_it_and_not_searched_itself():
    assert "search_space" not in build_part(composed(), "model").keywords
    with pytest.raises(InputError, match=r"search\.space\.model\.search_space\.model\.units\.high: it is not searched"):
        keys("search=random", "search.space={model.search_space.model.units.high: {type: int, low: 1, high: 2}}")


def test_nested_and_dotted_keys_are_the_same_space():
    dotted = {"model.layers": LAYERS, "model.upper_units": UPPER, "train.optimizer.learning_rate": RATE}
    nested = {"model": {"layers": LAYERS, "upper_units": UPPER}, "train": {"optimizer": {"learning_rate": RATE}}}
    assert Space(nested, CONFIG).dimensions == Space(dotted, CONFIG).dimensions


def test_a_second_layer_has_units_exactly_when_there_is_one(tmp_path):
    found = proposed(
        {"model.upper_units": UPPER, "model.layers": LAYERS, "train.optimizer.learning_rate": RATE}, tmp_path
    )
    assert len(found) == 60
    assert {values["model.layers"] for values in found} == {1, 2}
    assert all(("model.upper_units" in values) == (values["model.layers"] == 2) for values in found)
    assert {values.get("model.upper_units") for values in found} == {None, 5, 6, 7, 8}


def test_a_condition_on_a_condition(tmp_path):
    asked = {
        "model.cell": {"type": "choice", "values": ["gru", None]},
        "model.layers": {**LAYERS, "when": {"model.cell": [None]}},
        "model.upper_units": UPPER,
    }
    expected = [("gru", "-", "-"), (None, 1, "-"), *((None, 2, units) for units in (5, 6, 7, 8))]
    found = [tuple(values.get(key, "-") for key in asked) for values in proposed(asked, tmp_path, Grid)]
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_two_conditions_at_once(tmp_path):
    asked = {
        "model.cell": {"type": "choice", "values": ["gru", "lstm"]},
        "model.layers": {"type": "int", "low": 1, "high": 3},
        "model.upper_units": {**UPPER, "when": {"model.layers": [2, 3], "model.cell": "lstm"}},
    }
    found = [tuple(values.get(key) for key in asked) for values in proposed(asked, tmp_path, Grid)]
    expected = [("gru", layers, None) for layers in (1, 2, 3)] + [("lstm", 1, None)]
    expected += itertools.product(("lstm",), (2, 3), (5, 6, 7, 8))
    assert sorted(found, key=str) == sorted(expected, key=str)


@pytest.mark.parametrize(
    "values",
    [
        ["gru", None, 3, 2.5, True, [0.7, 0.1, 0.2], "1"],
        [1, "1", True, 1.5, "true"],
        [True, False],
        [None, 1],
        [0, 0.1, 0.2],
        [2, 8, 4],
        [None],
    ],
    ids=str,
)
def test_a_choice_gives_its_very_values(tmp_path, values):
    found = proposed({"model.dropout": {"type": "choice", "values": values}}, tmp_path)
    found = [each["model.dropout"] for each in found]
    assert sorted(map(repr, found)) == sorted(map(repr, values))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"type": "int", "low": 3, "high": 3}, {3}),
        ({"type": "int", "low": 2, "high": 9, "step": 3}, {2, 5, 8}),
        ({"type": "int", "low": 1, "high": 10, "step": 3, "log": True}, {1, 3, 9}),
        ({"type": "int", "low": 2, "high": 5, "log": True}, {2, 3, 4, 5}),
        ({"type": "float", "low": 1, "high": 2, "step": 0.5}, {1.0, 1.5, 2.0}),
        ({"type": "float", "low": 4, "high": 4}, {4.0}),
    ],
    ids=str,
)
def test_ranges(tmp_path, given, expected):
    found = [values["model.units"] for values in proposed({"model.units": given}, tmp_path)]
    assert len(found) == len(set(found))
    assert set(found) == expected
    assert {type(value) for value in found} == {type(next(iter(expected)))}


def test_a_log_range_is_drawn_by_its_logarithm(tmp_path):
    found = [
        values["train.optimizer.learning_rate"]
        for values in proposed({"train.optimizer.learning_rate": RATE}, tmp_path)
    ]
    assert all(1e-4 <= value <= 1e-2 for value in found)
    assert 20 < sum(value < 1e-3 for value in found) < 40, "half of 60; 5 of them were the range drawn evenly"


@pytest.mark.parametrize(
    ("given", "ends"),
    [
        (UNITS, {1: "lower", 2: "", 3: "", 4: "upper"}),
        ({"type": "int", "low": 2, "high": 9, "step": 3}, {2: "lower", 5: "", 8: "upper"}),
        ({"type": "int", "low": 1, "high": 10, "step": 3, "log": True}, {1: "lower", 3: "", 9: "upper"}),
        ({"type": "int", "low": 3, "high": 3}, {3: ""}),
        ({"type": "int", "low": 3, "high": 9, "step": 20}, {3: ""}),
        ({"type": "float", "low": 0, "high": 1, "step": 2}, {0.0: ""}),
        # Two decades: 5 % of them is a factor of 10 ** 0.1 = 1.2589.
        (RATE, {1e-4: "lower", 1.25e-4: "lower", 1.27e-4: "", 1e-3: "", 7.9e-3: "", 8e-3: "upper", 1e-2: "upper"}),
        ({**RATE, "log": False}, {1e-4: "lower", 5.9e-4: "lower", 6e-4: "", 9.5e-3: "", 9.51e-3: "upper"}),
        ({"type": "float", "low": 0, "high": 1, "step": 0.3}, {0.0: "lower", 0.3: "", 0.6: "", 0.3 * 3: "upper"}),
        ({"type": "choice", "values": [8, 2, 4]}, {8: "upper", 2: "lower", 4: ""}),
        ({"type": "choice", "values": [8]}, {8: ""}),
        ({"type": "choice", "values": ["gru", "lstm"]}, {"gru": "", "lstm": ""}),
        ({"type": "choice", "values": [1, None, 2]}, {1: "", None: "", 2: ""}),
    ],
    ids=str,
)
def test_edges(given, ends):
    found = {value: edges({"model.units": given}, {"model.units": value}) for value in ends}
    assert found == {value: {"model.units": end} if end else {} for value, end in ends.items()}


def test_what_does_not_count_has_no_edge():
    asked = {"model.layers": LAYERS, "model.upper_units": UPPER}
    assert edges(asked, {"model.layers": 1}) == {"model.layers": "lower"}
    assert edges(asked, {"model.layers": 2, "model.upper_units": 5}) == {
        "model.layers": "upper",
        "model.upper_units": "lower",
    }


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"model.units": UNITS, "model.layers": LAYERS}, 8),
        ({"model.units": {"type": "int", "low": 16, "high": 96, "step": 16}}, 6),
        ({"model.units": {"type": "int", "low": 16, "high": 95, "step": 16}}, 5),
        ({"model.units": {"type": "int", "low": 1, "high": 1000, "step": 10, "log": True}}, 4),
        ({"model.units": {"type": "float", "low": 0, "high": 0.3, "step": 0.1}}, 4),
        ({"model.units": {"type": "float", "low": 2, "high": 2}}, 1),
        ({"train.optimizer.learning_rate": RATE, "model.layers": LAYERS}, float("inf")),
    ],
    ids=str,
)
def test_combinations(asked, expected):
    assert Space(asked, CONFIG).combinations() == expected


def test_combinations_with_so_many_values_of_what_is_continuous():
    assert (
        Space({"train.optimizer.learning_rate": RATE, "model.layers": LAYERS}, CONFIG).combinations(continuous=10) == 20
    )


def test_tried_are_the_ends_of_ranges_and_every_choice():
    asked = {"model.units": {"type": "int", "low": 2, "high": 9, "step": 3}, "model.layers": LAYERS}
    assert list(Space(asked, CONFIG).tried()) == [
        ("model.units", 2),
        ("model.units", 9),
        ("model.layers", 1),
        ("model.layers", 2),
    ]


def test_applied_sets_the_values_and_leaves_the_config_alone():
    given = copy.deepcopy(CONFIG)
    space = Space({"model": {"units": UNITS, "layers": LAYERS}, "train.optimizer.learning_rate": RATE}, given)
    expected = copy.deepcopy(CONFIG)
    expected["model"]["units"], expected["train"]["optimizer"]["learning_rate"] = 3, 0.001
    applied = space.applied({"model.units": 3, "train.optimizer.learning_rate": 0.001})
    assert applied == expected
    applied["data"]["split"].append(0.5)
    assert given == CONFIG


def test_the_order_of_keys_is_kept_but_for_conditions():
    asked = {"model.upper_units": UPPER, "train.optimizer.learning_rate": RATE, "model.layers": LAYERS}
    assert [each.key for each in Space(asked, CONFIG).dimensions] == [
        "train.optimizer.learning_rate",
        "model.layers",
        "model.upper_units",
    ]


def test_combinations_of_a_grid_with_conditions(tmp_path):
    asked = {
        "model.cell": {"type": "choice", "values": ["gru", "lstm"]},
        "model.layers": LAYERS,
        "model.upper_units": UPPER,
    }
    expected = [(cell, 1, None) for cell in ("gru", "lstm")]
    expected += itertools.product(("gru", "lstm"), (2,), (5, 6, 7, 8))
    found = [tuple(values.get(key) for key in asked) for values in proposed(asked, tmp_path, Grid, max_trials=None)]
    assert sorted(found, key=str) == sorted(expected, key=str)
