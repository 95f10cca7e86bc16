"""Two variants that one metric ranks in one way and the other in the other.

Errors of one window and output, W = 2 each: `flat` errs 1 in both windows, `peaked` 0 in one and 1.3 in the other. Root
mean square: 1 and sqrt(1.3^2 / 2) = .919. Mean of the roots: 1 / sqrt(2) and 1.3 / 2 / sqrt(2): peaked is better by
both; with 1.6, 1.131 and .566: peaked is worse by the first and better by the second.
"""

import numpy as np
import pytest
import yaml
from test_results import kept, with_scores

from harness.metrics import BUILT_IN
from harness.report.results import results_of
from harness.report.sections.home import home

LINE, ONES = np.array([1.5, 0.5]), np.ones(2)
MSE, RMSE = "harness.losses.WeightedMSE", "harness.losses.WeightedRMSE"
LOSSES = {
    "mse": ({"_target_": MSE, "normalise": "sample"}, LINE),
    "plain": ({"_target_": MSE, "normalise": "sample"}, ONES),
    "root": ({"_target_": RMSE, "form": "root_of_mean"}, LINE),
    "batch": ({"_target_": RMSE, "form": "batch"}, LINE),
    "kept": ({"_target_": MSE, "normalise": "none"}, LINE),
    "asked": ({"_target_": RMSE, "form": "root_over_sum"}, LINE),
    "theirs": ({"_target_": "theirs.Loss"}, LINE),
}


def trained(folder, loss, errors, evaluation=LINE, weights=None):
    run = kept(folder, loss=loss, seed=0, outcome={"baselines": {}}, params={"train.batch_size": "4"})
    place = run.files.path("config.yaml").parent
    truth = np.zeros((2, 2))
    forecast = np.repeat(np.array(errors, float)[:, None], 2, axis=1)
    config, own = LOSSES[loss]
    own = own if weights is None else weights
    np.savez(place / "test.npz", forecast=forecast, truth=truth, evaluation_weights=evaluation)
    batch = np.random.default_rng(0).normal(size=(2, 8, 2))
    np.savez(place / "batch.npz", rows=np.arange(8), y_true=batch[0], y_pred=batch[1])
    np.save(place / "weights.npy", own)
    same = {"_target_": "a"}
    (place / "config.yaml").write_text(yaml.safe_dump({"loss": config, "weights": same, "evaluate": {"weights": same}}))
    scores = BUILT_IN.evaluate("test", truth, forecast, evaluation)
    return with_scores(run, scores)


def section(*runs):
    return home(results_of(list(runs), [])[0])


def test_where_each_variant_is_at_home(tmp_path):
    found = section(*(trained(tmp_path, loss, (1, 1)) for loss in LOSSES))
    assert {row[0]: row[1] for row in found.tables[0].rows} == {
        "mse": "test_weighted_rmse",
        "plain": "test_rmse",
        "root": "test_root_over_sum",
        "batch": "none of these",
        "kept": "test_weighted_rmse",
        "asked": "test_root_over_sum",
        "theirs": "not known",
    }
    assert "At home under test_weighted_rmse: mse, kept." in found.sentences
    assert "The objective is not known as a formula: theirs." in found.sentences


def test_per_sample_weights_that_the_metrics_share(tmp_path):
    weights = np.random.default_rng(1).uniform(0.5, 1.5, (40, 2))
    found = section(*(trained(tmp_path, loss, (1, 1), weights[:2], weights) for loss in LOSSES))
    assert {row[0]: row[1] for row in found.tables[0].rows} == {
        # A sample's own sum of weights cancels.
        **dict.fromkeys(("mse", "plain", "root", "batch"), "none of these"),
        "kept": "test_weighted_rmse",
        "asked": "test_root_over_sum",
        "theirs": "not known",
    }


@pytest.mark.parametrize(
    ("peaked", "sentence"),
    [
        ((0, 1.3), "The ranking is the same under test_weighted_rmse and test_root_over_sum."),
        (
            (0, 1.6),
            "The ranking turns between test_weighted_rmse and test_root_over_sum in 1 of 1 pairs of variants: mse is "
            "first under the one, root under the other.",
        ),
    ],
)
def test_whether_the_ranking_turns(tmp_path, peaked, sentence):
    found = section(trained(tmp_path, "mse", (1, 1)), trained(tmp_path, "root", peaked))
    assert found.sentences[-1] == sentence
    by_name = {row[0]: row[2:] for row in found.tables[0].rows}
    assert by_name["mse"][0] == pytest.approx(1)
    assert by_name["root"][0] == pytest.approx(peaked[1] / 2**0.5)
    columns = found.tables[0].columns
    assert by_name["root"][columns.index("test_root_over_sum [ppm]") - 2] == pytest.approx(peaked[1] / 2 / 2**0.5)
