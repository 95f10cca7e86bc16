"""What mattered, on runs of a real store whose scores are planted."""

import csv

import pytest
from report_settings import asked
from simulated_store import SWEEP, Simulated, simulate

from harness.report.after import report

ERRORS = {"weighted_rmse": 1.0, "weighted_mse": 1.1}


def variants(**more):
    return [
        Simulated({"loss": loss, "model.units": units}, error=error * more.get(str(units), 1.0), seeds=(0, 1, 2))
        for loss, error in ERRORS.items()
        for units in (8, 16)
    ]


def written(folder, each):
    said = report(simulate(folder, each), asked(), folder / "sweeps")
    with (folder / "sweeps" / SWEEP / "report" / "tables" / "what_mattered.csv").open() as file:
        return " ".join(said.split()), {row["part"]: row for row in csv.DictReader(file)}


@pytest.mark.usefixtures("database")
def test_the_key_that_makes_the_difference_has_the_largest_share(tmp_path):
    said, parts = written(tmp_path, variants())
    assert list(parts) == ["loss", "model.units", "loss × model.units", "seed", "variant × seed"]
    assert float(parts["loss"]["share [%]"]) > 90
    # Two values that lie a tenth apart deviate from their mean by a twentieth of 1.05.
    assert float(parts["loss"]["deviation [%]"]) == pytest.approx(100 * 0.05 / 1.05, abs=0.7)
    assert [row["kind"] for row in parts.values()] == [
        "swept", "swept", "together", "chance, all variants alike", "chance, one variant"
    ]  # fmt: skip
    assert "What is swept accounts for 9" in said


@pytest.mark.usefixtures("database")
def test_a_sweep_with_a_hole_says_what_is_left_out(tmp_path):
    said, parts = written(
        tmp_path, [*variants(), Simulated({"loss": "sample_weight", "model.units": 8}, seeds=(0, 1, 2))]
    )
    assert "Left out here, since the sweep is not a full crossing with them: sample_weight model.units=8." in said
    assert parts["loss"]["degrees of freedom"] == "1"
    page = (tmp_path / "sweeps" / SWEEP / "report" / "index.html").read_text()
    # All networks are lines of the coordinates, those of no full crossing too.
    assert 'aria-label="Parallel coordinates of 15 networks"' in page
