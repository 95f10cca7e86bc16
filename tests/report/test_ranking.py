import numpy as np
import pytest
from report_settings import asked
from test_results import kept, with_scores

from harness.metrics import BUILT_IN
from harness.report.criterion import Criterion
from harness.report.results import results_of
from harness.report.sections.ranking import ranking


def trained(folder, loss, seed, test, validation):
    return with_scores(kept(folder, loss=loss, seed=seed, score=test), {"val_weighted_rmse": validation})


def ranked(runs):
    return ranking(
        results_of(runs, [])[0], Criterion("test_weighted_rmse", BUILT_IN, "ppm"), asked(), np.random.default_rng(0)
    )


def test_validation_chooses_and_test_is_reported(tmp_path):
    """On test a is lowest, on validation b."""
    scores = {"a": ((1.0, 1.1), (1.5, 1.6)), "b": ((1.2, 1.3), (1.1, 1.2)), "c": ((1.4, 1.6), (1.7, 1.7))}
    runs = [
        trained(tmp_path, loss, seed, test, validation)
        for loss, each in scores.items()
        for seed, (test, validation) in enumerate(zip(*each, strict=True))
    ]
    section = ranked(runs)
    told = "Chosen by validation, the lowest mean val_weighted_rmse: b, on test 1.25 ± 0.071 ppm, place 2 of 3."
    assert any(each.startswith(told) for each in section.sentences)
    rows = {row[0]: dict(zip(section.tables[0].columns, row, strict=True)) for row in section.tables[0].rows}
    assert rows["b"]["val_weighted_rmse"] == pytest.approx(1.15)
    assert [name for name, row in rows.items() if "chosen by validation" in row["note"]] == ["b"]


def test_the_best_of_twenty_equal_ones_is_said_to_look_too_good(tmp_path):
    """The lowest of 20 normal means is expected 1.867 errors below the truth (Harter 1961): 0.1 / sqrt(9) each."""
    drawn = np.random.default_rng(0).normal(size=(9, 20))
    drawn -= drawn.mean(axis=0)
    drawn -= drawn.mean(axis=1, keepdims=True)
    scores = 1 + 0.1 * drawn / np.sqrt((drawn**2).sum() / (8 * 19))
    runs = [trained(tmp_path, f"v{i}", s, scores[s, i], scores[s, i]) for i in range(20) for s in range(9)]
    (told,) = [each for each in ranked(runs).sentences if "chosen by test" in each]
    by_test = float(told.split("by validation and by ")[1].split(" %")[0])
    assert by_test == pytest.approx(100 * 1.867 * 0.1 / 3, abs=0.2)


def test_one_seed_leaves_the_cost_of_the_choice_open(tmp_path):
    section = ranked([trained(tmp_path, loss, 0, 1.0, 1.0) for loss in "ab"])
    assert any("What the choice costs needs two seeds that all variants share." in each for each in section.sentences)
