import dataclasses

import numpy as np
import pytest
from test_results import kept

from harness.metrics import BUILT_IN
from harness.report.criterion import Criterion
from harness.report.results import results_of
from harness.report.sections.cost import cost


def trained(folder, loss, seed, seconds, scores=(3.0, 2.0, 1.0)):
    """A run whose epochs ended after these seconds."""
    run = kept(folder, loss=loss, seed=seed, parameters="7")
    points = {
        name: np.column_stack([np.arange(1, len(values) + 1), values])
        for name, values in {"curve/seconds": seconds, "curve/val_weighted_rmse": scores[: len(seconds)]}.items()
    }
    metrics = {**run.metrics, "train_seconds": float(seconds[-1]), "evaluate_seconds": 0.5 + seed}
    return dataclasses.replace(run, points={**run.points, **points}, metrics=metrics)


def section_of(runs):
    return cost(results_of(runs, [])[0], Criterion("test_weighted_rmse", BUILT_IN, "ppm"))


def rows(section):
    (table,) = section.tables
    return {row[0]: dict(zip(table.columns, row, strict=True)) for row in table.rows}


def test_what_compiling_takes_is_no_time_to_train(tmp_path):
    """Epochs take 2 s for a and 3 s for b; the first training of each process compiles for 8 and for 1 s."""
    runs = [
        trained(tmp_path, "a", 0, [10, 12, 14]),
        trained(tmp_path, "a", 1, [2, 4, 6]),
        trained(tmp_path, "b", 0, [4, 7, 10]),
        trained(tmp_path, "b", 1, [3, 6, 9]),
    ]
    section = section_of(runs)
    found = rows(section)
    assert (found["a"]["time to train [s]"], found["a"]["time to compile [s]"]) == (6, 8)
    assert (found["b"]["time to train [s]"], found["b"]["time to compile [s]"]) == (9, 1)
    assert found["a"]["parameters"] == 7
    assert "b takes longest to train, 9 s a network, 1.5 times as long as a, 6 s." in section.sentences


def test_one_slow_trial_is_not_the_cost_of_its_variant(tmp_path):
    runs = [trained(tmp_path, "a", seed, [pace, 2 * pace, 3 * pace]) for seed, pace in enumerate([1, 1, 50])]
    (found,) = rows(section_of(runs)).values()
    assert (found["time to train [s]"], found["time to evaluate [s]"]) == (3, 1.5)


def test_variants_are_compared_at_seconds_of_training_alone(tmp_path):
    """With its 8 s of compiling a would be behind b in every second."""
    runs = [
        trained(tmp_path, "a", 0, [10, 12, 14], scores=(3.0, 2.0, 1.0)),
        trained(tmp_path, "b", 0, [3, 6, 9], scores=(3.0, 2.5, 1.5)),
    ]
    assert (
        "After 6 s, when the first of them was done, a had the lowest val_weighted_rmse." in section_of(runs).sentences
    )


def test_a_single_epoch_cannot_tell_compiling_from_training(tmp_path):
    (found,) = rows(section_of([trained(tmp_path, "a", 0, [5])])).values()
    assert (found["time to train [s]"], found["time to compile [s]"]) == pytest.approx((5, 0))


def test_a_run_without_its_seconds_has_no_time(tmp_path):
    section = section_of([kept(tmp_path, loss="a", parameters="7")])
    (found,) = rows(section).values()
    assert found["time to train [s]"] is None
    assert section.sentences == []
