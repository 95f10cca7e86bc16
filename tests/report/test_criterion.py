"""Every section ranks by the one metric that `report.metric` names, whichever way it is better.

Variant `heavy` errs little where the weights are large, and has the lower weighted RMSE; `light` has the lower MAE, and
the higher of a user's own metric `peak`, of which more is better.
"""

import dataclasses

import numpy as np
import pytest
import yaml
from report_settings import asked
from test_results import kept, with_scores

from harness.errors import InputError
from harness.report.criterion import criterion_of
from harness.report.family import compare_all
from harness.report.problem import problems_of
from harness.report.results import results_of
from harness.report.sections.data_sets import data_sets
from harness.report.sections.differences import differences
from harness.report.sections.effect_of_weights import effect_of_weights
from harness.report.sections.ranking import ranking
from harness.report.sections.seeds_needed import seeds_needed

WEIGHTS = np.array([10.0, 1.0])
ERRORS = {"heavy": (0.1, 2.0), "light": (1.0, 0.2)}
PEAKS = {"heavy": 0.2, "light": 0.8}
WINDOWS, SEEDS = 60, (0, 1, 2, 3)
OWN = {"peak": {"_target_": "theirs.peak", "lower_is_better": False, "has_unit": False}}


def trained(folder, loss, seed, own, **more):
    """A run whose errors are ERRORS, a little larger with each seed and different in each window."""
    naive = {"persistence": {"test_mae": 5.0, "test_peak": 0.5}, "mean": {"test_mae": 6.0, "test_peak": 0.6}}
    run = kept(folder, loss=loss, seed=seed, outcome={"baselines": naive}, **more)
    place = run.files.path("config.yaml").parent
    rng = np.random.default_rng([seed, len(loss)])
    truth = rng.normal(size=(WINDOWS, 2))
    error = np.array(ERRORS[loss]) * (1 + 0.02 * seed) * rng.uniform(0.9, 1.1, size=(WINDOWS, 1))
    np.savez(place / "test.npz", forecast=truth + error, truth=truth, evaluation_weights=WEIGHTS)
    (place / "config.yaml").write_text(yaml.safe_dump({"evaluate": {"metrics": own}}))
    scores = {
        "test_weighted_rmse": np.sqrt((WEIGHTS * error**2).sum() / (WINDOWS * WEIGHTS.sum())),
        "test_rmse": np.sqrt((error**2).mean()),
        "test_mae": np.abs(error).mean(),
        "test_peak": PEAKS[loss] + 0.01 * seed,
    }
    scores |= {name.replace("test_", "val_"): value for name, value in scores.items()}
    return with_scores(run, scores)


@pytest.fixture
def results(tmp_path):
    runs = [trained(tmp_path, loss, seed, OWN) for loss in ERRORS for seed in SEEDS]
    return results_of(runs, [])[0]


@pytest.mark.parametrize(
    ("metric", "winner"), [("test_weighted_rmse", "heavy"), ("test_mae", "light"), ("test_rmse", "light")]
)
def test_every_section_ranks_by_the_metric_that_is_asked_for(results, metric, winner):
    criterion, settings, rng = criterion_of(results, metric), asked(metric=metric), np.random.default_rng(0)
    assert ranking(results, criterion, settings, rng).tables[0].rows[0][0] == winner

    section = differences(results, criterion, compare_all([results], settings)[0], settings, rng)
    word = "better" if winner == "light" else "worse"
    assert f"light is {word} than heavy" in section.sentences[0]
    (in_the_set,) = (table for table in section.tables if table.name == "confidence_set")
    assert [row[0] for row in in_the_set.rows if row[1] == "yes"] == [winner]

    (left_out,) = (
        t
        for t in seeds_needed(results, criterion, compare_all([results], settings)[0], settings).tables
        if t.name == "left_out"
    )
    parts = [row for row in left_out.rows if "third" in row[0]]
    assert len(parts) == 3
    assert {row[1] for row in left_out.rows} == {winner}

    (pictured,) = (p for p in effect_of_weights(results, criterion, settings).pictures if p.name == "forecasts")
    assert list(pictured.figure.legends[0].get_texts())[1].get_text() == winner, "the best one first"


def test_of_a_users_own_metric_the_higher_is_better(results):
    criterion, settings, rng = criterion_of(results, "test_peak"), asked(metric="test_peak"), np.random.default_rng(0)
    section = ranking(results, criterion, settings, rng)
    assert [row[0] for row in section.tables[0].rows] == ["light", "mean", "persistence", "heavy"]
    assert "light has the highest mean test_peak, 0.815" in section.sentences[0]
    # Of light: the mean of (0.80, 0.81, 0.82, 0.83) / 0.6 - 1; of heavy: of (0.20, ..., 0.23) / 0.6 - 1.
    skills = {row[0]: row[4] for row in section.tables[0].rows}
    assert (skills["light"], skills["heavy"]) == (pytest.approx(0.815 / 0.6 - 1), pytest.approx(0.215 / 0.6 - 1))
    assert "These are worse than the best naive baseline: heavy." in section.sentences

    section = differences(results, criterion, compare_all([results], settings)[0], settings, rng)
    assert section.sentences[0].startswith("light is better than heavy by 2.8e+02 %")
    assert "test_peak is no mean over test windows: there is no model confidence set for it." in section.sentences
    assert "above 0 the variant is better" in section.tables[0].caption

    section = seeds_needed(results, criterion, compare_all([results], settings)[0], settings)
    assert "light stays the winner whatever is left out." in section.sentences
    assert any("a report cannot evaluate it on parts of the test windows" in text for text in section.sentences)


def test_ranks_over_data_sets_follow_the_direction(tmp_path):
    # Three variants are needed; the third is `light` under another name, worse on both metrics.
    runs = []
    for data in "abc":
        runs += [trained(tmp_path, loss, 0, OWN, data=data, data_hash=data) for loss in ERRORS]
        third = trained(tmp_path, "light", 1, OWN, data=data, data_hash=data)
        tags, params = ({**values, "loss": "third"} for values in (third.tags, third.params))
        third = with_scores(third, {"test_peak": 0.1, "test_mae": 9.0})
        runs.append(dataclasses.replace(third, run_id=f"third{data}", tags={**tags, "seed": "0"}, params=params))
    by_data = results_of(runs, [])
    for metric in ("test_peak", "test_mae"):
        section = data_sets(problems_of(by_data), criterion_of(by_data[0], metric), asked(metric=metric))
        assert section.sentences[0].startswith("light has the best mean rank, 1.00")


def test_a_metric_that_not_all_were_evaluated_by_is_refused(tmp_path):
    runs = [trained(tmp_path, loss, 0, OWN) for loss in ERRORS]
    del runs[0].metrics["test_peak"]
    results = results_of(runs, [])[0]
    for metric in ("test_peak", "test_wape", "val_rmse"):
        with pytest.raises(InputError, match=r"report\.metric.*Write one of: test_weighted_rmse, test_rmse, test_mae"):
            criterion_of(results, metric)


@pytest.mark.parametrize("own", [None, "text", ["list"], {"peak": "text"}])
def test_a_stored_config_is_data_of_any_kind(tmp_path, own):
    runs = [trained(tmp_path, loss, 0, own) for loss in ERRORS]
    assert criterion_of(results_of(runs, [])[0], "test_mae").name == "test_mae"
