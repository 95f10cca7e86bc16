import csv
import io

import numpy as np
import pytest

from harness.spec import Outcome
from harness.terminal.table import rows, swept, to_csv, to_text

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


def test_variants_and_baselines_stand_in_the_order_of_the_judged_metric():
    found = [(row.variant.get("loss") or row.variant.get(""), row.baseline) for row in rows(SWEEP)]
    assert found == [("a", False), ("seasonal naive", True), ("b", False), ("persistence", True), ("c", False)]


def test_a_row_holds_every_seed_and_counts_failures():
    a, *_, c = rows(SWEEP)
    assert a.metrics["test_weighted_rmse"] == [1.0, 1.25]
    assert (a.failed, c.failed, c.metrics) == (0, 1, {})


def test_the_csv_has_mean_and_sample_deviation():
    first, second, *_ = csv.DictReader(io.StringIO(to_csv(SWEEP)))
    assert (first["loss"], first["seeds"], first["baseline"]) == ("a", "2", "False")
    assert float(first["test_weighted_rmse_mean"]) == 1.125
    assert float(first["test_weighted_rmse_std"]) == pytest.approx(np.sqrt(2 * 0.125**2))
    assert (second["loss"], second["baseline"], second["test_weighted_rmse_std"]) == ("seasonal naive", "True", "")


def test_the_text_names_swept_keys_alone():
    text = to_text(SWEEP)
    assert "loss" in text
    assert "train.epochs" not in text
    assert "1.125 ± 0.177" in text
    assert "0, 1 failed" in text


def test_baselines_stand_once_for_each_choice_of_data():
    sweep = [outcome("a", seed, 1.0, data=data) for seed in (0, 1) for data in ("co2", "mackey_glass")]
    found = [(row.variant["data"], row.variant[""]) for row in rows(sweep) if row.baseline]
    assert sorted(found) == [
        (data, name) for data in ("co2", "mackey_glass") for name in ("persistence", "seasonal naive")
    ]


def test_a_sweep_of_one_variant_has_a_row():
    text = to_text([outcome("a", 0, 1e-5, baselines={}), outcome("a", 1, 3e-5, baselines={})])
    assert "0.00002000 ± 0.00001414" in text


def test_a_sweep_in_which_all_failed():
    assert "0, 1 failed" in to_text([outcome("a", 0, None, "FAILED")])


def test_only_keys_that_differ_are_swept():
    labels = [{"loss": "a", "model.units": "8"}, {"loss": "b", "model.units": "8"}, {"loss": "b", "model.units": "8"}]
    assert swept(labels) == ["loss"]
