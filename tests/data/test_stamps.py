import io

import numpy as np
import pandas as pd
import pytest

from harness.data.stamps import on_grid, reads_as_date
from harness.errors import InputError

GOOD = {
    "iso": [f"2020-01-01 {hour:02d}:00:00" for hour in range(20)],
    "unpadded": [f"1/{day}/17 0:00" for day in range(1, 21)],
    "day first, two digits": [f"{day}/1/17 0:00" for day in range(1, 21)],
    # Read month first they ascend, too, in steps of which most are absent.
    "day first, hours": [f"{day}/1/17 {hour}:00" for day in (1, 2) for hour in range(24)][14:34],
    "whole numbers": [*(f"202001{day}" for day in range(22, 32)), *(f"202002{day:02d}" for day in range(1, 11))],
    "months": [f"20{year}-{month:02d}" for year in (20, 21) for month in range(1, 13)][:20],
    "months as whole numbers": [f"20{year}{month:02d}" for year in (20, 21) for month in range(1, 13)][:20],
    "month ends": [str(day) for day in np.arange("2019-12", "2021-08", dtype="datetime64[M]").astype("M8[D]") - 1],
    "no padding": [f"{day}/1/2017 {day}:00" for day in range(1, 21)],
    "day first": [f"{day}/01/2017" for day in range(13, 32)] + ["01/02/2017"],
    "zones": ["2020-03-29T01:00:00+01:00", *[f"2020-03-29T{hour:02d}:00:00+02:00" for hour in range(3, 22)]],
    "fractions": [f"2020-01-01 00:00:00.{i:02d}" for i in range(20)],
    "numbers": [str(0.5 * i) for i in range(20)],
}


def gridded(times):
    """What a column of a file gives, whose rows have the values 0, 1, 2, ... beside it."""
    column = pd.read_csv(io.StringIO("\n".join(["time", *times])), skip_blank_lines=False)["time"]
    values, _, note = on_grid(np.arange(len(times), dtype=np.float64)[:, None], column)
    return values, note


def refusal(times):
    with pytest.raises(InputError) as caught:
        gridded(times)
    assert caught.value.key == "data.time"
    return caught.value


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.filterwarnings("error")
def test_times_that_ascend_on_a_grid(kind):
    values, note = gridded(GOOD[kind])
    assert note == ""
    np.testing.assert_array_equal(values[:, 0], np.arange(20))


@pytest.mark.parametrize("kind", GOOD)
def test_steps_without_a_row_are_missing_values(kind):
    absent = [5, 13, 14, 15]
    values, note = gridded([time for row, time in enumerate(GOOD[kind]) if row not in absent])
    assert note.startswith("data.time=time: the step is ")
    assert note.endswith(f"and 4 of 20 steps have no row, the first after {GOOD[kind][4]} in row 4")
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(values[:, 0])), absent)
    np.testing.assert_array_equal(values[~np.isnan(values)], np.arange(16))


@pytest.mark.parametrize("kind", ["iso", "months", "numbers"])
def test_a_stamp_between_two_steps(kind):
    times = list(GOOD[kind])
    times[7] = {"iso": "2020-01-01 07:30:00", "months": "2020-08-15", "numbers": "3.7"}[kind]
    if kind == "months":
        times = [f"{time}-01" if len(time) == 7 else time for time in times]
    error = refusal(times)
    assert f"holds {times[7]} in row 7, which is no whole number of steps after {times[6]}: the step is " in error.found
    assert "data.time=null" in error.instead


def test_a_stamp_far_away():
    found = refusal([*GOOD["iso"][:19], "2030-01-01 00:00:00"]).found
    assert "the step is 1 hour, and 87653 of 87673 steps have no row, the first after 2020-01-01 18:00:00" in found


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.parametrize("how", ["equal", "back"])
def test_times_that_do_not_ascend(kind, how):
    times = list(GOOD[kind])
    times[7] = times[6] if how == "equal" else times[2]
    error = refusal(times)
    assert "in row 7, not after" in error.found
    assert times[6] in error.found
    assert "Sort the file" in error.instead


def test_a_fault_is_told_in_the_reading_that_gets_furthest():
    times = [f"{day}/01/2017" for day in range(1, 21)]
    times[15] = "3/01/2017"
    assert "'3/01/2017' in row 15, not after '15/01/2017'" in refusal(times).found


@pytest.mark.parametrize(("kind", "text"), [("iso", "soon"), ("iso", ""), ("numbers", ""), ("numbers", "soon")])
def test_times_that_do_not_parse(kind, text):
    times = list(GOOD[kind])
    times[4] = text
    error = refusal(times)
    # Among numbers, one text makes the column text, and its first row is no date.
    assert ("in row 0" if (kind, text) == ("numbers", "soon") else "in row 4") in error.found
    assert "data.time=null" in error.instead


@pytest.mark.parametrize(("text", "date"), [("2020-01-01", True), ("1/1/17 0:00", True), ("1st floor", False)])
def test_a_text_that_reads_as_a_date(text, date):
    assert reads_as_date(text) is date
