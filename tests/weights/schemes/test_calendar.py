from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from harness.config.schema import check_arguments
from harness.errors import InputError
from harness.weights.schemes.calendar import calendar

ANY = {"hours": None, "weekdays": None, "months": None}
# Every 7 hours from before 1970 on, in an order of 2 outputs; Python's own calendar is the reference.
START, N = datetime(1969, 11, 3, 5, 30), 800
STAMPS = [[START + timedelta(hours=7 * (2 * i + j)) for j in range(2)] for i in range(N)]


@pytest.fixture
def at(split):
    return replace(split(0, N, 2), times=np.array(STAMPS, dtype="datetime64[ns]"))


def expected(chosen):
    return np.array([[3.0 if chosen(stamp) else 1.0 for stamp in row] for row in STAMPS])


def test_hours_weekdays_and_months_of_each_target(at):
    def weights(**chosen):
        return calendar(at, at, **{**ANY, **chosen}, factor=3.0)

    np.testing.assert_array_equal(weights(hours=[0, 17]), expected(lambda t: t.hour in (0, 17)))
    np.testing.assert_array_equal(weights(weekdays=[5, 6]), expected(lambda t: t.weekday() >= 5))
    np.testing.assert_array_equal(weights(months=[12, 1]), expected(lambda t: t.month in (12, 1)))
    both = expected(lambda t: t.weekday() == 0 and t.hour < 12)
    np.testing.assert_array_equal(weights(weekdays=[0], hours=list(range(12))), both)
    assert np.any(both[:, 0] != both[:, 1]), "the outputs of a sample differ"


def test_data_without_dates_and_a_calendar_without_a_choice_are_refused(split, at):
    with pytest.raises(InputError, match=r"weights: the calendar needs dates, .*Name them in data\.time"):
        calendar(split(0, 4, 2), split(0, 4, 2), **{**ANY, "hours": [3]}, factor=2.0)
    with pytest.raises(InputError, match=r"weights\.hours: got null, as for weekdays and months"):
        calendar(at, at, **ANY, factor=2.0)


@pytest.mark.parametrize(
    ("key", "bad"), [("hours", [24]), ("weekdays", [7]), ("months", [0]), ("hours", []), ("factor", -1)]
)
def test_what_is_no_time_is_refused(key, bad):
    with pytest.raises(InputError, match=rf"weights\.{key}: got "):
        check_arguments("weights", calendar, {"_partial_": True, **ANY, "factor": 2, key: bad})
