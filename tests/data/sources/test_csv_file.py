import numpy as np
import pytest
from small_series import SERIES_FRAMING
from test_stamps import GOOD

from harness.data.dataset import source_of
from harness.data.scaling import inputs
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
        "series": None,
        "beside": [],
        "url": None,
        "sha256": None,
        "downloads": "downloads",
        "mean_of": 1,
        "standardised": False,
        "indicators": False,
        **SERIES_FRAMING,
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
    # Row 3 is a target of the windows that start at 0, row 6 of those at 2 and 3; in histories row 2 stands for row 3.
    data = read(path, missing="last", split=[12, 4, 4])
    np.testing.assert_array_equal(data.train.index, [1, 4, 5, 6, 7])
    np.testing.assert_array_equal(data.train.x[0, :, 0], [102.5, 103.5, 103.5])
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
    assert refusal(tmp_path).found == f"{tmp_path} is a folder"


def test_columns_of_one_name_and_too_many_columns_are_refused(table, tmp_path):
    twice, wide = tmp_path / "twice.csv", tmp_path / "wide.csv"
    twice.write_text("load,load\n1,2\n")
    assert str(refusal(twice)) == f"data.path: {twice} has several columns 'load'. Give each column a name of its own"
    wide.write_text(",".join(f"c{i}" for i in range(10_001)))
    assert refusal(wide).found == f"{wide} has 10001 columns"


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


@pytest.mark.parametrize("content", [b"load\n\xff\xfe\n", b"x" * 200_000])
def test_what_is_no_text(tmp_path, content):
    path = tmp_path / "load.csv"
    path.write_bytes(content)
    assert "does not read as a table" in refusal(path).found


def dated(dates):
    return ["time,load", *[f"{date},{i}" for i, date in enumerate(dates)]]


@pytest.mark.parametrize("kind", GOOD)
def test_steps_without_a_row_are_missing_values(table, kind):
    lines = dated(GOOD[kind])
    # Row 5, and rows 13 to 15.
    path = table([line for row, line in enumerate(lines, start=-1) if row not in (5, 13, 14, 15)])
    error = refusal(path, time="time")
    assert (error.key, error.instead.split(" or ")[0]) == (
        "data.missing",
        "Write data.missing=last, data.missing=season",
    )
    assert "got refuse, and 4 values are missing, the first in row 5" in error.found
    assert "and 4 of 20 steps have no row" in error.found
    assert f"the first after {GOOD[kind][4]} in row 4" in error.found
    data = read(path, time="time", missing="last")
    # Each window is where it would be in the whole file; row 5 is no target, rows 13 to 15 none.
    np.testing.assert_array_equal(data.train.index, [0, 3, 4, 5])
    np.testing.assert_array_equal(data.train.y, [[3, 4], [6, 7], [7, 8], [8, 9]])
    np.testing.assert_array_equal(data.validation.index, [7, 8])
    np.testing.assert_array_equal(data.test.index, [13, 14, 15])
    np.testing.assert_array_equal(data.test.x[0, :, 0], [12, 12, 12])
    assert data.notes[0].startswith("data.time=time: the step is ")
    assert "leaves out 2 of 6 train, 2 of 4 validation and 1 of 4 test windows" in data.notes[1]


@pytest.mark.parametrize("absent", [10, 100])
def test_a_gap_of_days_is_not_spanned(table, absent):
    days = np.datetime64("2020-01-01") + np.append(np.arange(10), np.arange(10) + 10 + absent)
    path = table(dated(days))
    assert f"{absent} of {20 + absent} steps have no row" in refusal(path, time="time").found
    data = read(path, time="time", missing="last", split=[10, absent + 5, 5], lookback=2, outputs=1)
    # No window has targets in the gap, and of those behind it each row keeps its distance in days.
    reach = 2 + data.validation.index
    assert reach.min() == 10 + absent
    np.testing.assert_array_equal(data.validation.y[:, 0], reach - absent)


def test_without_a_time_the_rows_are_said_to_be_evenly_spaced(table):
    assert read(table()).notes == ("data.time=null: the rows of the file are taken as evenly spaced, none absent",)


def test_a_blank_line_of_a_single_column_is_a_missing_value(table):
    path = table(["load", *[str(i) for i in range(5)], "", *[str(i) for i in range(6, 20)]])
    error = refusal(path)
    assert (error.key, "1 values are missing, the first in row 5" in error.found) == ("data.missing", True)
    data = read(path, missing="last")
    assert data.train.samples == 16
    np.testing.assert_array_equal(data.train.index, [0, 3, 4, 5])
    np.testing.assert_array_equal(data.test.y[-1], [18, 19])


def test_a_blank_line_of_several_columns_is_a_row_of_missing_values(table):
    path = table(changes={5: ""})
    assert "2 values are missing, the first in row 5" in refusal(path, features="wind").found
    assert "holds nan in row 5" in refusal(path, time="date").found


@pytest.mark.parametrize("end", ["", "\n", "\n\n\n", "\r\n\r\n"])
def test_blank_lines_at_the_end_are_no_rows(tmp_path, end):
    path = tmp_path / "load.csv"
    path.write_bytes(("load\n" + "\n".join(str(i) for i in range(20)) + end).encode())
    assert read(path).test.y[-1, -1] == 19


@pytest.mark.parametrize(
    ("first", "found"),
    [
        ("0.5", "holds values: 0.5"),
        ("2020-01-01,101.5,-1e-3", "holds values: 2020-01-01, 101.5, -1e-3"),
        ("1/1/17 0:00,5,NA", "holds values: 1/1/17 0:00, 5, NA"),
        (",,3", "holds values: , , 3"),
        ("", "is blank"),
    ],
)
def test_a_file_without_a_header_keeps_its_first_row(table, first, found):
    error = refusal(table([first, *["1,2,3"] * 20]), target="load")
    assert error.key == "data.path"
    assert error.found.endswith(f"should name the columns, and it {found}")
    assert "a name for each column" in error.instead


@pytest.mark.parametrize("name", ["load_2", "may", "1st floor", "nan", "NA"])
def test_names_that_are_nearly_values(table, name):
    assert read(table([f"{name},wind", *[f"{i},1" for i in range(20)]]), target=name).test.y[-1, -1] == 19


def test_columns_beside_the_targets_and_times_go_with_each_target(table):
    """Day 7 has no row: no target is there, and each other keeps its own price and its own date."""
    lines = ["date,load,price"] + [f"2020-01-{day:02d},{day},{10 * day}" for day in range(1, 31) if day != 7]
    data = read(table(lines), time="date", beside=["price"], missing="last")
    for split in (data.train, data.validation, data.test):
        assert split.x.shape[2] == 1
        np.testing.assert_array_equal(split.beside["price"], 10 * split.y)
        days = (split.times - np.datetime64("2020-01-01")) / np.timedelta64(1, "D")
        np.testing.assert_array_equal(days, split.y - 1)
    assert 7 not in data.train.y
    assert len(data.train.y) == data.train.times.shape[0] < 16


def test_without_dates_there_are_no_times(table):
    assert read(table()).train.times is None
    lines = ["step,load"] + [f"{step},{step}" for step in range(1, 31)]
    assert read(table(lines), time="step").train.times is None
    assert read(table()).train.beside == {}


def test_an_unknown_column_beside(table):
    with pytest.raises(InputError, match=r"data\.beside: got 'wint'\. Did you mean data\.beside=wind\?"):
        read(table(), beside="wint")


WIDE = ["date,load,sun,wind"] + [f"2020-01-{day:02d},{day},{10 * day},{-day}" for day in range(1, 21)]


def test_each_of_several_targets_is_a_series(table):
    data = read(table(WIDE), target=["load", "sun"], features=["wind"], time="date")
    assert data.series == ("load", "sun")
    np.testing.assert_array_equal(data.train.x[0], [[1, -1], [2, -2], [3, -3]])
    np.testing.assert_array_equal(data.train.x[6], [[10, -1], [20, -2], [30, -3]])
    np.testing.assert_array_equal(data.test.y[-1], [190, 200])
    np.testing.assert_array_equal(data.test.series, [0, 0, 0, 0, 1, 1, 1, 1])


def test_a_column_names_the_series_of_each_row(table):
    rows = [f"{place},{day},{day + start}" for day in range(1, 21) for place, start in (("b", 0), ("a", 100))]
    data = read(table(["place,day,load", *rows]), target="load", series="place", time="day")
    assert data.series == ("b", "a")
    np.testing.assert_array_equal(data.train.x[0, :, 0], [1, 2, 3])
    np.testing.assert_array_equal(data.train.x[6, :, 0], [101, 102, 103])
    rows[7] = ",4,104"
    assert "column 'place' is empty in row 7" in str(refusal(table(["place,day,load", *rows]), series="place"))


def test_a_refusal_names_its_series(table):
    rows = [f"{place},{day},{day}" for place in "ba" for day in range(1, 21)]
    rows[25] = "a,6,six"
    error = refusal(table(["place,day,load", *rows]), series="place", time="day")
    assert "in the series 'a': column 'load' holds 'six'" in error.found


def test_indicators_say_which_series_and_are_never_scaled(table):
    for normalise in ("last_value", "standard", "none"):
        data = read(table(WIDE), target=["load", "sun"], indicators=True, normalise=normalise)
        np.testing.assert_array_equal(data.train.x[0, :, 1:], [[1, 0]] * 3)
        np.testing.assert_array_equal(data.test.x[-1, :, 1:], [[0, 1]] * 3)
        np.testing.assert_array_equal(inputs(data.scaling, data.test.x)[-1][:, 1:], [[0, 1]] * 3)


def test_standardised_by_the_train_rows_of_each_series(table):
    data = read(table(WIDE), target=["load", "sun"], features=["wind"], standardised=True)
    rows = np.arange(1.0, 11)
    scaled = (np.arange(1.0, 21) - rows.mean()) / rows.std()
    np.testing.assert_allclose(data.train.x[0], np.column_stack([scaled[:3], -scaled[:3]]), rtol=1e-12)
    for last in (data.test.y[3], data.test.y[-1]):
        np.testing.assert_allclose(last, scaled[-2:], rtol=1e-12)
    assert data.unit == "train deviations"


def test_a_constant_column_has_no_deviation(table):
    lines = ["load,flat"] + [f"{day},3" for day in range(20)]
    assert "column 1 (counted from 0, the target first) does not vary" in str(
        refusal(table(lines), features=["flat"], standardised=True)
    )


def test_the_mean_of_so_many_rows_is_one_step(table):
    values = np.random.default_rng(0).normal(size=62).round(3)
    texts = [f"2020-01-01 {row // 6:02d}:{row % 6}0,{value}" for row, value in enumerate(values)]
    texts[4], texts[12:18] = "2020-01-01 00:40,", [f"2020-01-01 02:{row}0," for row in range(6)]
    data = read(
        table(["date,load", *texts]), time="date", mean_of=6, missing="last", split=[5, 3, 2], lookback=1, outputs=1
    )
    kept = np.where(np.isin(np.arange(60), [4, *range(12, 18)]), np.nan, values[:60]).reshape(10, 6)
    hours = np.array([np.nan if np.isnan(hour).all() else np.nanmean(hour) for hour in kept])
    np.testing.assert_allclose(data.test.y[:, 0], hours[8:], rtol=1e-12)
    np.testing.assert_allclose(data.train.x[:, 0, 0], [hours[0], hours[1], hours[3]][: len(data.train.x)], rtol=1e-12)
    assert data.test.times[0, 0] == np.datetime64("2020-01-01T08:00")


def test_the_time_in_parts(table):
    lines = ["year,month,day,hour,load"] + [f"2020,1,{1 + row // 24},{row % 24},{row}" for row in range(30) if row != 7]
    error = refusal(table(lines), time=["year", "month", "day", "hour"])
    assert (error.key, "the step is 1 hour, and 1 of 30 steps have no row" in error.found) == ("data.missing", True)
    assert "Name one column of dates, or columns of numbers called year" in str(
        refusal(table(lines), time=["year", "load"])
    )
