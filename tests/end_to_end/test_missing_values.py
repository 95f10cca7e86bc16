"""A CSV file with steps that have no row: what that costs is told, by a trial and by a sweep."""

import numpy as np
import pytest

TOLD = (
    "data.time=day: the step is 1 day, and 10 of 200 steps have no row, the first after 2020-01-30 in row 29. "
    "data.missing=last fills 10 missing values of the histories from the past alone, and leaves out 16 of 124 train, "
    "0 of 14 validation and 0 of 34 test windows, whose targets hold a missing value or whose history starts before "
    "the first known value."
)


@pytest.fixture
def asked(tiny, tmp_path):
    """A trial of 190 days with ten absent after the thirtieth: as many windows of 10 + 7 days as of 200 days."""
    days = np.datetime64("2020-01-01") + np.delete(np.arange(200), np.arange(30, 40))
    waves = np.sin(np.arange(190) / 5)
    rows = [f"{day},{value}" for day, value in zip(days, waves, strict=True)]
    (tmp_path / "waves.csv").write_text("\n".join(["day,height", *rows]))
    own = ["data=csv_file", "data.path=waves.csv", "data.target=height", "data.time=day", "data.missing=last"]
    return [*own, *(override for override in tiny if override not in ("data=mackey_glass", "data.length=200"))]


def test_a_trial_tells_how_many_windows_are_left_out(run_here, asked):
    status, told, error = run_here(*asked, "tracking=none")
    assert status == 0, error
    assert TOLD in " ".join(told.split())


def test_a_sweep_tells_it_once_before_anything_is_trained(run_here, asked):
    _, told, error = run_here("-m", *asked, "seed=0,1", "loss=class_weight", "sweep.dry_run=true")
    told = " ".join(told.split())
    assert told.count(TOLD) == 1, error
    assert told.index(TOLD) < told.index("2 trials")
