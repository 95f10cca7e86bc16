import numpy as np
import pytest

from harness.data.grid import grid_of


def every(step, count, start="2020-01-01"):
    return np.datetime64(start, "ns") + np.arange(count) * step


HOUR, DAY = np.timedelta64(1, "h"), np.timedelta64(1, "D")


@pytest.mark.parametrize(
    ("times", "step"),
    [
        (every(HOUR, 50), "1 hour"),
        (every(np.timedelta64(10, "m"), 50), "10 minutes"),
        (every(DAY, 50), "1 day"),
        (every(7 * DAY, 50), "7 days"),
        (every(28 * DAY, 50), "28 days"),
        (every(np.timedelta64(10, "ms"), 50), "0.01 seconds"),
        (np.arange(50) * 0.1, "0.1"),
        (np.arange(1900, 1950), "1"),
    ],
)
@pytest.mark.parametrize("left_out", [[], [7], [7, 8, 9, 20]])
def test_a_fixed_step(times, step, left_out):
    kept = np.delete(np.arange(50), left_out)
    grid = grid_of(times[kept])
    assert (grid.step, grid.irregular, grid.steps, grid.absent) == (step, None, 50, len(left_out))
    np.testing.assert_array_equal(grid.places, kept)


@pytest.mark.parametrize(
    ("months", "day", "step"),
    [(1, 0, "1 month"), (1, 14, "1 month"), (3, 0, "3 months"), (12, 0, "12 months")],
)
@pytest.mark.parametrize("left_out", [[], [1], [4, 5, 6, 20]])
def test_months_of_any_length(months, day, step, left_out):
    starts = (np.datetime64("1999-01", "M") + months * np.arange(40)).astype("datetime64[D]") + day
    kept = np.delete(np.arange(40), left_out)
    grid = grid_of(starts.astype("datetime64[ns]")[kept])
    assert (grid.step, grid.irregular, grid.absent) == (step, None, len(left_out))
    np.testing.assert_array_equal(grid.places, kept)


@pytest.mark.parametrize("months", [1, 3])
def test_the_last_day_of_each_month(months):
    firsts = (np.datetime64("1999-02", "M") + months * np.arange(40)).astype("datetime64[D]")
    grid = grid_of((firsts - 1).astype("datetime64[ns]"))
    assert (grid.irregular, grid.absent) == (None, 0)


def test_months_of_a_local_time_in_utc():
    # Midnight of the first day in Berlin, from January to July: the day before at 23:00, in summer at 22:00.
    winter = "2019-12-31T23:00", "2020-01-31T23:00", "2020-02-29T23:00"
    summer = "2020-03-31T22:00", "2020-04-30T22:00", "2020-05-31T22:00"
    times = np.array([*winter, *summer], "datetime64[ns]")
    assert (grid_of(times).step, grid_of(times).absent) == ("1 month", 0)


def test_days_of_23_and_25_hours():
    times = np.concatenate([every(DAY, 5), every(DAY, 5, "2020-01-05T23:00"), every(DAY, 5, "2020-01-11")])
    assert (grid_of(times).irregular, grid_of(times).absent) == (None, 0)


@pytest.mark.parametrize("by", [np.timedelta64(12, "m"), np.timedelta64(30, "m"), np.timedelta64(-12, "m")])
def test_a_stamp_between_two_steps(by):
    times = every(HOUR, 20)
    times[7] += by
    assert grid_of(times).irregular == 7


def test_two_stamps_within_one_step():
    times = np.sort(np.append(every(HOUR, 20), np.datetime64("2020-01-01T07:01")))
    assert grid_of(times).irregular == 8


def test_a_stamp_in_the_middle_of_a_month():
    times = (np.datetime64("2020-01", "M") + np.arange(12)).astype("datetime64[D]").astype("datetime64[ns]")
    assert grid_of(np.sort(np.append(times, np.datetime64("2020-01-15")))).irregular == 1


@pytest.mark.parametrize("rows", [1, 2])
def test_one_row_and_two(rows):
    np.testing.assert_array_equal(grid_of(every(DAY, rows)).places, np.arange(rows))
