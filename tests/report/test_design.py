from itertools import product

import numpy as np

from harness.report.design import design_of


def grid(**swept):
    """Labels of every combination; `__` in a name stands for a dot."""
    keys = [key.replace("__", ".") for key in swept]
    return {" ".join(values): dict(zip(keys, values, strict=True)) for values in product(*swept.values())}


def scores_of(labels, seeds=(0, 1), folds=(0,)):
    """A number that says whose it is."""
    return {
        name: {(seed, fold): 100 * place + 10 * seed + fold for seed in seeds for fold in folds}
        for place, name in enumerate(labels)
    }


def test_a_full_crossing_is_used_whole():
    labels = grid(loss=["a", "b", "c"], weights=["x", "y"])
    design = design_of(labels, scores_of(labels, folds=(0, 1)))
    assert design.keys == ["loss", "weights"]
    assert design.values == [["a", "b", "c"], ["x", "y"]]
    assert design.scores.shape == (3, 2, 2, 2)
    # c x is the fifth variant.
    np.testing.assert_array_equal(design.scores[2, 0], [[400, 401], [410, 411]])
    assert (design.left_out, design.seeds_left_out) == ([], 0)


def test_a_hole_leaves_out_the_value_that_costs_least():
    labels = grid(loss=["a", "b", "c"], weights=["x", "y"])
    del labels["c y"]
    design = design_of(labels, scores_of(labels))
    assert design.values == [["a", "b"], ["x", "y"]]
    assert design.left_out == ["c x"]


def test_keys_that_are_nested_are_one():
    labels = {
        "rmse sum": {"loss": "rmse", "loss.form": "sum", "weights": "x"},
        "rmse mean": {"loss": "rmse", "loss.form": "mean", "weights": "x"},
        "mse": {"loss": "mse", "weights": "x"},
    }
    labels |= {f"{name} y": {**own, "weights": "y"} for name, own in labels.items()}
    design = design_of(labels, scores_of(labels))
    assert design.keys == ["loss and loss.form", "weights"]
    assert design.values[0] == ["rmse sum", "rmse mean", "mse"]
    assert not design.left_out


def test_keys_that_change_together_are_one():
    labels = {f"{w} {u}": {"weights": w, "model.units": u} for w, u in (("x", "8"), ("y", "16"), ("z", "32"))}
    design = design_of(labels, scores_of(labels))
    assert design.keys == ["weights and model.units"]
    assert design.values == [["x 8", "y 16", "z 32"]]


def test_keys_of_one_section_that_are_crossed_stay_apart():
    labels = grid(model__cell=["gru", "lstm"], model__units=["8", "16"])
    assert design_of(labels, scores_of(labels)).keys == ["model.cell", "model.units"]


def test_seeds_that_a_variant_or_a_fold_lacks_are_left_out():
    labels = grid(loss=["a", "b"])
    scores = scores_of(labels, seeds=range(4), folds=(0, 1))
    del scores["a"][3, 0], scores["b"][2, 1], scores["b"][2, 0]
    design = design_of(labels, scores)
    assert (design.seeds, design.folds, design.seeds_left_out) == ([0, 1], [0, 1], 2)


def test_nothing_in_common_is_no_design():
    labels = grid(loss=["a", "b"])
    scores = {"a": {(0, 0): 1.0}, "b": {(1, 0): 1.0}}
    assert design_of(labels, scores) is None
