import numpy as np
import pytest

from harness.data.dataset import source_of
from harness.data.sources.csv_file import csv_file
from harness.errors import InputError

LINES = ["date,load,temperature,wind,town"] + [
    f"2020-01-{day:02d},{100 + day}.5,{day / 10},{-day},Ulm" for day in range(1, 21)
]


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "load.csv"

    def write(lines=LINES, changes=None):
        lines = list(lines)
        for row, line in (changes or {}).items():
            lines[row + 1] = line
        path.write_text("\n".join(lines) + "\n")
        return path

    return write


def read(path, **changes):
    setting = {
        "target": "load",
        "features": [],
        "time": None,
        "lookback": 3,
        "outputs": 2,
        "stride": 1,
        "split": [10, 5, 5],
        "train_span": "grow",
        "missing": "refuse",
        "normalise": "last_value",
        "season": None,
        "unit": "MW",
    }
    keys = {"path": None if path is None else str(path), **setting, **changes}
    return source_of(csv_file, keys).dataset(fold=0)


def refusal(path, **changes):
    with pytest.raises(InputError) as caught:
        read(path, **changes)
    return caught.value


def test_the_target_comes_first(table):
    data = read(table(), features=["wind", "temperature"], time="date", season=7)
    np.testing.assert_array_equal(data.train.x[0], [[101.5, -1, 0.1], [102.5, -2, 0.2], [103.5, -3, 0.3]])
    np.testing.assert_array_equal(data.train.y[0], [104.5, 105.5])
    np.testing.assert_array_equal(data.test.y[-1], [119.5, 120.5])
    assert (data.target, data.season, data.unit, data.test.samples) == (0, 7, "MW", 16)


@pytest.mark.parametrize(("features", "width"), [("wind", 2), (None, 1), ([], 1), (("wind",), 2)])
def test_features_as_a_name_or_none(table, features, width):
    assert read(table(), features=features).train.x.shape == (6, 3, width)


def test_values_to_the_last_bit(table):
    values = np.random.default_rng(0).normal(size=20)
    data = read(table(["load", *map(repr, values.tolist())]))
    np.testing.assert_array_equal(data.train.x[:, 0, 0], values[:6])


@pytest.mark.parametrize("text", ["", "NA", "NaN"])
def test_missing_text(table, text):
    path = table(changes={3: f"2020-01-04,{text},.4,-4,Ulm", 6: f"2020-01-07,{text},.4,-4,Ulm"})
    error = refusal(path)
    assert error.key == "data.missing"
    assert "2 values are missing, the first in row 3" in error.found
    assert read(path, missing="interpolate").train.y[0, 0] == 104.5
    # Rows 3 and 6 are in the windows that start at 0..3 and 2..6.
    np.testing.assert_array_equal(read(path, missing="drop", split=[12, 4, 4]).train.index, [7])


def test_unused_columns_may_hold_anything(table):
    assert read(table(changes={3: "?,104.5,,x,"})).train.y[0, 0] == 104.5


@pytest.mark.parametrize(("column", "value"), [("town", "Ulm"), ("load", "high"), ("wind", "1;5")])
def test_entries_that_are_no_number(table, column, value):
    row = 0 if column == "town" else 3
    path = table() if column == "town" else table(changes={3: "2020-01-04,high,.4,1;5,Ulm"})
    error = refusal(path, target=column)
    assert (error.key, error.found) == (
        "data.path",
        f"column '{column}' holds '{value}' in row {row}, which is no number",
    )


def test_truth_values_are_no_numbers(table):
    assert "holds np.True_ in row 0" in refusal(table(["load", *["True", "False"] * 10])).found


def test_infinite_entries(table):
    assert "1 values are infinite, the first in row 3" in refusal(table(changes={3: "2020-01-04,inf,.4,-4,Ulm"})).found


@pytest.mark.parametrize(
    ("changes", "key", "near"),
    [
        ({"target": "laod"}, "data.target", "load"),
        ({"features": ["temprature"]}, "data.features", "temperature"),
        ({"time": "Date"}, "data.time", "date"),
    ],
)
def test_an_unknown_column(table, changes, key, near):
    error = refusal(table(), **changes)
    assert error.key == key
    assert error.instead == f"Did you mean {key}={near}? Write one of: date, load, temperature, wind, town"


def test_no_column_given(table):
    error = refusal(table(), target=None)
    assert (error.key, error.found) == ("data.target", "no column given")
    assert error.instead == "Write one of: date, load, temperature, wind, town"


@pytest.mark.parametrize(
    ("features", "name"), [(["wind", "wind"], "wind"), (["wind", "load"], "load"), ("load", "load")]
)
def test_a_column_given_twice(table, features, name):
    error = refusal(table(), features=features)
    assert (error.key, error.found) == ("data.features", f"'{name}' is given twice")
    assert error.instead == "Name each column once, and the target not at all"


def test_no_path():
    error = refusal(None)
    assert (error.key, error.found) == ("data.path", "no file given")


def test_a_missing_file(table, tmp_path):
    table()
    error = refusal(tmp_path / "laod.csv")
    assert (error.key, error.found) == ("data.path", f"no file {tmp_path / 'laod.csv'}")
    assert error.instead == f"Did you mean {tmp_path / 'load.csv'}? The .csv files there: load.csv"
    assert "There is no folder" in refusal(tmp_path / "none" / "load.csv").instead
    assert "no file" in refusal(tmp_path).found


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["load,wind", "1,2", "1,2,3", "1,2"],
        ["load,wind", "1,2,3", "1,2,3"],
    ],
)
def test_what_is_no_table(table, lines):
    error = refusal(table(lines))
    assert error.key == "data.path"
    assert "does not read as a table" in error.found


def test_what_is_no_text(tmp_path):
    path = tmp_path / "load.csv"
    path.write_bytes(b"load\n\xff\xfe\n")
    assert "does not read as a table" in refusal(path).found


def dated(dates):
    return ["time,load", *[f"{date},{i}" for i, date in enumerate(dates)]]


GOOD = {
    "iso": [f"2020-01-01 {hour:02d}:00:00" for hour in range(20)],
    "unpadded": [f"1/{day}/17 {day % 3}:00" for day in range(1, 21)],
    "day first, two digits": [
        f"{day}/{month}/17 0:00" for month in (1, 2) for day in (1, 2, 3, 13, 14, 15, 16, 21, 22, 23)
    ],
    "no padding": [f"{day}/1/2017 {day}:00" for day in range(1, 21)],
    "day first": [f"{day}/01/2017" for day in range(13, 32)] + ["01/02/2017"],
    "zones": ["2020-03-29T01:30:00+01:00", *[f"2020-03-29T{hour:02d}:00:00+02:00" for hour in range(3, 22)]],
    "fractions": [f"2020-01-01 00:00:00.{i:02d}" for i in range(20)],
    "numbers": [str(0.5 * i) for i in range(20)],
}


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.filterwarnings("error")
def test_times_that_ascend(table, kind):
    assert len(read(table(dated(GOOD[kind])), time="time").train.y) == 6


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.parametrize("how", ["equal", "back"])
def test_times_that_do_not_ascend(table, kind, how):
    times = list(GOOD[kind])
    times[7] = times[6] if how == "equal" else times[2]
    error = refusal(table(dated(times)), time="time")
    assert error.key == "data.time"
    assert "in row 7, not after" in error.found
    assert times[6] in error.found
    assert "Sort the file" in error.instead


def test_a_fault_is_told_in_the_reading_that_gets_furthest(table):
    times = [f"{day}/01/2017" for day in range(1, 21)]
    times[15] = "3/01/2017"
    assert "'3/01/2017' in row 15, not after '15/01/2017'" in refusal(table(dated(times)), time="time").found


@pytest.mark.parametrize(("kind", "text"), [("iso", "soon"), ("iso", ""), ("numbers", ""), ("numbers", "soon")])
def test_times_that_do_not_parse(table, kind, text):
    times = list(GOOD[kind])
    times[4] = text
    error = refusal(table(dated(times)), time="time")
    assert error.key == "data.time"
    # Among numbers, one text makes the column text, and its first row is no date.
    assert ("in row 0" if (kind, text) == ("numbers", "soon") else "in row 4") in error.found
    assert "data.time=null" in error.instead
