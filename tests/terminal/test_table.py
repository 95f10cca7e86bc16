import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from harness.spec import Outcome
from harness.terminal.table import Standard, caption, rows, spreads, standard_of, swept, to_csv, to_layout, to_text

STANDARD = Standard()

NAIVE = {"persistence": {"test_weighted_rmse": 3.0, "test_rmse": 3.5}, "seasonal_naive": {"test_weighted_rmse": 1.5}}


def outcome(loss, seed, score, status="FINISHED", baselines=NAIVE, **labels):
    metrics = {"test_weighted_rmse": score, "test_rmse": score * 2} if status == "FINISHED" else {}
    naive = baselines if status == "FINISHED" else {}
    return Outcome(
        status, {"loss": loss, "train.epochs": "3", **labels}, seed, metrics, naive, f"{loss}{seed}", 1.0, "why"
    )


SWEEP = [
    outcome("b", 0, 2.0),
    outcome("a", 0, 1.0),
    outcome("b", 1, 2.5),
    outcome("a", 1, 1.25),
    outcome("c", 0, None, "FAILED"),
]


def test_variants_and_baselines_stand_in_the_order_of_the_metric_that_ranks():
    found = [(row.variant.get("loss") or row.variant.get(""), row.baseline) for row in rows(SWEEP, STANDARD)]
    assert found == [("a", False), ("seasonal naive", True), ("b", False), ("persistence", True), ("c", False)]


def test_a_row_holds_every_seed_and_counts_failures():
    a, *_, c = rows(SWEEP, STANDARD)
    assert a.metrics["test_weighted_rmse"] == [1.0, 1.25]
    assert (a.failed, c.failed, c.metrics) == (0, 1, {})


def test_the_csv_has_mean_and_sample_deviation():
    first, second, *_ = csv.DictReader(io.StringIO(to_csv(SWEEP, STANDARD)))
    assert (first["loss"], first["seeds"], first["baseline"]) == ("a", "2", "False")
    assert float(first["test_weighted_rmse_mean"]) == 1.125
    assert float(first["test_weighted_rmse_std"]) == pytest.approx(np.sqrt(2 * 0.125**2))
    assert (second["loss"], second["baseline"], second["test_weighted_rmse_std"]) == ("seasonal naive", "True", "")


def test_the_text_names_swept_keys_alone():
    text = to_text(SWEEP, STANDARD)
    assert "loss" in text
    assert "train.epochs" not in text
    assert "1.125 ± 0.177" in text
    assert "0, 1 failed" in text


def test_baselines_stand_once_for_each_choice_of_data():
    sweep = [outcome("a", seed, 1.0, data=data) for seed in (0, 1) for data in ("co2", "mackey_glass")]
    found = [(row.variant["data"], row.variant[""]) for row in rows(sweep, STANDARD) if row.baseline]
    assert sorted(found) == [
        (data, name) for data in ("co2", "mackey_glass") for name in ("persistence", "seasonal naive")
    ]


def test_over_folds_a_baseline_has_a_value_a_fold():
    folds = [
        replace(outcome("a", seed, 1.0 + seed + fold, baselines={"persistence": {"test_rmse": 3.0 + fold}}), fold=fold)
        for fold in (1, 0)
        for seed in (1, 0)
    ]
    network, persistence = rows(folds, STANDARD)
    assert network.metrics["test_weighted_rmse"] == [1.0, 2.0, 2.0, 3.0]
    assert sorted(persistence.metrics["test_rmse"]) == [3.0, 4.0]
    text = to_text(folds, STANDARD)
    assert "seeds and folds" in text.splitlines()[0]
    assert "deviation over seeds and folds" in text
    assert next(csv.DictReader(io.StringIO(to_csv(folds, STANDARD))))["seeds and folds"] == "4"


def test_a_sweep_of_one_variant_has_a_row():
    text = to_text([outcome("a", 0, 1e-5, baselines={}), outcome("a", 1, 3e-5, baselines={})], STANDARD)
    assert "0.00002000 ± 0.00001414" in text


def test_a_sweep_in_which_all_failed():
    assert "0, 1 failed" in to_text([outcome("a", 0, None, "FAILED")], STANDARD)


def test_only_keys_that_differ_are_swept():
    labels = [{"loss": "a", "model.units": "8"}, {"loss": "b", "model.units": "8"}, {"loss": "b", "model.units": "8"}]
    assert swept(labels) == ["loss"]


def peaks(loss, seed, rmse, peak, **labels):
    metrics = {"test_weighted_rmse": rmse, "test_peak": peak, "val_peak": peak, "epochs": 3}
    naive = {"persistence": {"test_weighted_rmse": 3.0, "test_peak": 0.5}}
    return Outcome("FINISHED", {"loss": loss, **labels}, seed, metrics, naive, f"{loss}{seed}", 1.0)


OWN = {"evaluate": {"metrics": {"peak": {"_target_": "theirs.peak", "lower_is_better": False}}}}
PEAKS = [peaks("low", 0, 1.0, 0.2), peaks("high", 0, 2.0, 0.8)]


def test_a_metric_of_the_users_own_has_columns_and_its_direction():
    standard = standard_of([OWN], "test_weighted_rmse")
    assert "test_peak" in to_text(PEAKS, standard)
    assert "for peak and skill, higher is better" in caption(standard, "seeds")
    first, *_ = csv.DictReader(io.StringIO(to_csv(PEAKS, standard)))
    assert (first["loss"], first["test_peak_mean"], first["val_peak_mean"]) == ("low", "0.2", "0.2")


def test_ranked_by_a_metric_of_which_more_is_better_the_highest_stands_first():
    standard = standard_of([OWN], "test_peak")
    found = [row.variant.get("loss") or row.variant[""] for row in rows(PEAKS, standard)]
    assert found == ["high", "persistence", "low"]
    assert "Sorted by test_peak" in caption(standard, "seeds")


LOSSES, SCHEMES = ("weighted_rmse", "loss_weights"), ("inverse_variance", "uniform")
NAIVE_NAMES = ("seasonal_naive_with_drift", "persistence")


def large_sweep():
    for loss in LOSSES:
        for weights in SCHEMES:
            for seed in (0, 1):
                scores = dict.fromkeys(("weighted_rmse", "rmse", "mae"), 0.2225 + 0.01 * seed)
                metrics = {f"{split}_{name}": value for split in ("val", "test") for name, value in scores.items()}
                naive = {name: {f"test_{metric}": 0.1 for metric in scores} for name in NAIVE_NAMES}
                labels = {"loss": loss, "weights": weights}
                yield Outcome("FINISHED", labels, seed, {**metrics, "skill": -2.4, "epochs": 2}, naive, "f", 1.0)


@pytest.mark.parametrize("width", [60, 80, 160, None])
def test_no_name_and_no_number_is_broken_at_any_width(width):
    layout, table = to_layout(list(large_sweep()), STANDARD, width)
    text = "\n".join(layout.lines)
    assert width is None or max(map(len, layout.lines)) <= width
    assert "test_weighted_rmse" in layout.heading[-1]
    assert len(layout.rows) == len(table) == 6
    for name in (*LOSSES, *SCHEMES, "0.2275 ± 0.0071"):
        assert name in text
    if width != 60:
        assert "seasonal naive with drift" in text, "a baseline's name takes one line"


def test_a_wide_terminal_shows_more():
    shown = {width: to_layout(list(large_sweep()), STANDARD, width)[0].heading[0].split() for width in (80, 160, None)}
    assert len(shown[80]) < len(shown[160]) < len(shown[None])
    assert shown[None][-5:] == ["skill", "val_weighted_rmse", "val_rmse", "val_mae", "epochs"]


def test_five_swept_keys_share_a_column_where_the_terminal_is_narrow():
    labels = [{"loss": f"weighted_rmse_{i}", "model.units": f"{i}", "data": f"mackey_glass_{i}"} for i in range(2)]
    sweep = [Outcome("FINISHED", each, 0, {"test_weighted_rmse": 1.0}, {}, "f", 1.0) for each in labels]
    narrow, wide = (to_layout(sweep, STANDARD, width)[0] for width in (50, 80))
    assert narrow.heading[0].split() == ["variant", "seeds", "test_weighted_rmse"]
    assert [line.split("  ")[0] for line in narrow.rows[0]] == [
        "weighted_rmse_0",
        "model.units=0",
        "data=mackey_glass_0",
    ]
    assert wide.heading[0].split() == ["loss", "model.units", "data", "seeds", "test_weighted_rmse"]


def test_spreads_are_the_means_and_deviations_of_the_table():
    scores = {"a": [1.0, 2.0, 4.0], "b": [3.0]}
    outcomes = [
        Outcome("FINISHED", {"loss": loss}, seed, {"test_weighted_rmse": value}, {}, "", 0.0)
        for loss, values in scores.items()
        for seed, value in enumerate(values)
    ]
    found = {name: numbers for _, name, numbers in spreads(outcomes, Standard())}
    assert found["b"] == {"test_weighted_rmse": 3.0, "replicates": 1}
    assert found["a"]["test_weighted_rmse"] == pytest.approx(7 / 3)
    # Squares of -4/3, -1/3 and 5/3, over two.
    assert found["a"]["test_weighted_rmse_std"] == pytest.approx((42 / 9 / 2) ** 0.5)
    assert found["a"]["replicates"] == 3
