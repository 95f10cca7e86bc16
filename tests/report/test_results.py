import dataclasses
import itertools
import json

import numpy as np
import pytest

from harness.report.paired import paired
from harness.report.results import results_of
from harness.run import Run
from harness.trial.record import Record

NUMBERS = itertools.count()
BASELINES = {"persistence": {"test_weighted_rmse": 2.0}}


def kept(folder, *, seed=0, score=1.0, loss="weighted_rmse", weights="linear", status="FINISHED", outcome=(), **more):
    params = {"train.monitor": "val_weighted_rmse", "seed": str(seed), **more.pop("params", {})}
    groups = {"data": "co2", "weights": weights, "loss": loss, "model": "rnn", "search": "none"}
    tags = {**groups, "seed": str(seed), "data_hash": "d", "unit": "ppm", **more}
    points = {
        "test_weighted_rmse": np.array([[0.0, score]]),
        "curve/val_weighted_rmse": np.array([[1, 3.0], [2, 2.0]]),
        "test_rmse_by_output": np.array([[0, 4.0], [1, 5.0]]),
    }
    metrics = {name: values[-1, 1] for name, values in points.items()}
    files = folder / f"{next(NUMBERS)}"
    (files / "files").mkdir(parents=True)
    (files / "files" / "outcome.json").write_text(json.dumps({"baselines": BASELINES, **dict(outcome)}))
    params = {**groups, **params}
    return Run(f"{loss}{weights}{seed}", status, tags, params, metrics, points, Record(files, "FINISHED", [], {}, None))


def with_scores(run, scores):
    """The run with these metrics of one point beside its own."""
    points = {name: np.array([[0.0, value]]) for name, value in scores.items()}
    return dataclasses.replace(run, metrics={**run.metrics, **scores}, points={**run.points, **points})


def test_variants_are_told_apart_by_what_differs_and_by_nothing_else(tmp_path):
    runs = [
        kept(tmp_path, loss=loss, seed=seed, score=score + seed, params={"trials": f"{loss}{seed}"})
        for loss, score in (("weighted_rmse", 1.0), ("weighted_mse", 5.0))
        for seed in (1, 0)
    ]
    (found,) = results_of(runs, [])
    assert [each.name for each in found.variants] == ["weighted_rmse", "weighted_mse"]
    assert found.variants[0].scores("test_weighted_rmse").tolist() == [1.0, 2.0], "in the order of the seeds"
    assert found.baselines == BASELINES
    assert (found.data, found.unit, found.monitor) == ("co2", "ppm", "val_weighted_rmse")
    first = found.variants[0].first
    assert (first.tags["seed"], first.by_output.tolist()) == ("0", [4.0, 5.0])
    assert first.curve("val_weighted_rmse").tolist() == [3.0, 2.0]
    assert first.test == {}, "what was not kept is empty"


def test_values_name_variants_with_their_keys(tmp_path):
    runs = [kept(tmp_path, params={"model.units": units}) for units in ("8", "16")]
    (found,) = results_of(runs, [])
    assert [each.name for each in found.variants] == ["model.units=8", "model.units=16"]


def test_what_a_search_found_does_not_set_its_seeds_apart(tmp_path):
    searched = "model.units"
    runs = [
        kept(tmp_path, seed=seed, search="bayesian", searched=searched, params={"model.units": str(8 * seed)})
        for seed in (1, 2)
    ]
    runs.append(kept(tmp_path, seed=1, params={"model.units": "32"}))
    (found,) = results_of(runs, [])
    assert {each.name: sorted(each.seeds) for each in found.variants} == {
        "search=bayesian": [1, 2],
        "search=none": [1],
    }


def test_only_finished_trainings_count_and_failures_are_told_once(tmp_path):
    mean_of_repeats = kept(tmp_path, seed=9, outcome={"repeats": {}})
    runs = [kept(tmp_path), kept(tmp_path, seed=1, status="FAILED"), mean_of_repeats]
    (found,) = results_of(runs, [("weighted_rmse", "1", "diverged")])
    assert [sorted(each.seeds) for each in found.variants] == [[0]]
    assert found.failed == [("weighted_rmse", "1", "diverged")]


def test_each_data_set_has_results_of_its_own(tmp_path):
    runs = [kept(tmp_path, data_hash=each, data=each, loss=loss) for each in ("a", "b") for loss in ("x", "y")]
    found = results_of(runs, [])
    assert [each.data for each in found] == ["a", "b"]
    assert [[v.name for v in each.variants] for each in found] == [["x", "y"], ["x", "y"]]


def test_what_is_evaluated_under_other_weights_is_not_compared(tmp_path):
    runs = [kept(tmp_path, loss=loss, params={"evaluate.weights._target_": rule}) for loss in "ab" for rule in "pq"]
    found = results_of(runs, [])
    assert len(found) == 2
    assert all(len(each.variants) == 2 for each in found)
    assert [each.data for each in found] == ["co2, evaluated by p", "co2, evaluated by q"]


def seeds_of(tmp_path, **seeds):
    runs = [kept(tmp_path, loss=loss, seed=seed, score=seed) for loss, each in seeds.items() for seed in each]
    return results_of(runs, [])[0]


def test_pairs_are_made_of_the_seeds_that_all_have(tmp_path):
    (found,) = paired(seeds_of(tmp_path, a=(0, 1, 2), b=(2, 1, 5)), None)
    assert (found.reference.name, [each.name for each in found.others]) == ("a", ["b"])
    assert (found.seeds, found.left_out) == ([1, 2], 2)
    assert found.scores("test_weighted_rmse").tolist() == [[1, 1], [2, 2]]


def test_the_reference_is_the_first_or_the_one_asked_for(tmp_path):
    found = seeds_of(tmp_path, a=(0,), b=(0,), c=(0,))
    assert paired(found, None)[0].names == ["a", "b", "c"]
    assert paired(found, "c")[0].names == ["c", "a", "b"]


def test_variants_without_common_seeds_are_groups_of_their_own(tmp_path):
    found = paired(seeds_of(tmp_path, a=(0, 1), b=(5, 6), c=(1,)), None)
    assert [each.names for each in found] == [["a", "c"], ["b"]]


@pytest.mark.parametrize("keys", [("model",), ("model.units",)])
def test_but_leaves_out_what_stands_below_a_key(tmp_path, keys):
    runs = [kept(tmp_path, loss=loss, params={"model.units": units}) for loss in "ab" for units in ("8", "16")]
    variants = results_of(runs, [])[0].variants
    assert {each.but(*keys) for each in variants} == {(("loss", "a"),), (("loss", "b"),)}
