"""Seeds and folds, on sweeps in a real store whose truth is known."""

import csv

import pytest
from report_settings import asked
from simulated_store import SWEEP, Simulated, simulate

from harness.report.after import report

FOLDS, SEEDS = (0, 1, 2), (0, 1, 2, 3)


def variants(worse, folds=FOLDS):
    """weighted_mse has so much more error than weighted_rmse, by fold."""
    return [
        Simulated({"loss": loss, "fold": fold}, error=error, seeds=SEEDS, data=f"fold {fold}")
        for fold in folds
        for loss, error in (("weighted_rmse", 1.0), ("weighted_mse", 1 + worse[fold]))
    ]


def written(folder, each):
    said = report(simulate(folder, each), asked(), folder / "sweeps")
    return " ".join(said.split()), folder / "sweeps" / SWEEP / "report"


def table(folder, name):
    with (folder / "tables" / f"{name}.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.mark.usefixtures("database")
def test_what_holds_on_all_folds_is_claimed_for_other_times(tmp_path):
    said, folder = written(tmp_path, variants((0.2, 0.2, 0.2)))
    (row,) = table(folder, "folds")
    assert float(row["difference [%]"]) == pytest.approx(20, abs=3)
    assert float(row["p, corrected"]) == float(row["p"]) < 0.05
    assert "Over other stretches of time as well, weighted_mse is worse than weighted_rmse by" in said
    # Splits of 70, 10 and 20 %, and folds that lie 20 % apart: 20 over the mean of 70, 50 and 30.
    assert "by test rows over train rows, 0.40 (Nadeau and Bengio 2003)" in (folder / "index.html").read_text()
    parts = {row["part"]: float(row["share [%]"]) for row in table(folder, "what_mattered")}
    assert list(parts) == [
        "loss", "seed", "fold", "seed × fold", "variant × seed", "variant × fold", "variant × seed × fold"
    ]  # fmt: skip
    assert parts["loss"] == max(parts.values())
    assert "speaks of one stretch of time" not in said


@pytest.mark.usefixtures("database")
def test_what_turns_from_fold_to_fold_is_not(tmp_path):
    said, folder = written(tmp_path, variants((0.2, -0.15, 0.1)))
    (row,) = table(folder, "folds")
    assert float(row["p"]) > 0.3
    assert float(row["by fold [%]"]) == pytest.approx(18, abs=3)
    assert float(row["by seed [%]"]) < 3
    assert "1 of 1 cannot be distinguished from weighted_rmse over other stretches of time" in said
    parts = {row["part"]: float(row["share [%]"]) for row in table(folder, "what_mattered")}
    assert parts["variant × fold"] == max(parts.values())


@pytest.mark.usefixtures("database")
def test_one_fold_has_no_such_section(tmp_path):
    said, folder = written(tmp_path, variants((0.2,), folds=(0,)))
    assert "all of this report speaks of one stretch of time" in said
    assert not (folder / "tables" / "folds.csv").exists()
