import numpy as np
import pytest

from harness.data.gaps import settle
from harness.data.splits import Span, Spans
from harness.errors import InputError

NAN = np.nan


def column(*values):
    return np.array(values, float)[:, None]


def spans(train, validation, test):
    return Spans(Span(0, train), Span(train, validation), Span(validation, test))


def test_interpolates_inside_each_split_alone():
    series = column(NAN, 1, NAN, 3, NAN, NAN, 10, NAN, NAN, 100, NAN, 300)
    before = series.copy()
    filled = settle(series, spans(5, 8, 12), 0, "interpolate")
    np.testing.assert_array_equal(filled, column(1, 1, 2, 3, 3, 10, 10, 10, 100, 100, 200, 300))
    np.testing.assert_array_equal(series, before)


def test_interpolates_each_column_alone():
    series = np.array([[0, 5], [NAN, NAN], [4, 9], [1, 1], [1, 1]], float)
    filled = settle(series, spans(3, 4, 5), 0, "interpolate")
    np.testing.assert_array_equal(filled[1], [2, 7])


def test_drop_leaves_the_gaps():
    series = column(1, NAN, 3)
    np.testing.assert_array_equal(settle(series, spans(1, 2, 3), 0, "drop"), series)


def test_refuse_names_how_many_and_the_first_row():
    with pytest.raises(InputError) as caught:
        settle(column(1, 2, NAN, NAN, 5), spans(3, 4, 5), 0, "refuse")
    assert caught.value.key == "data.missing"
    assert "2 values are missing, the first in row 2" in caught.value.found
    assert "data.missing=interpolate" in caught.value.instead


def test_refuse_takes_a_whole_series():
    series = column(1, 2, 3)
    np.testing.assert_array_equal(settle(series, spans(1, 2, 3), 0, "refuse"), series)


@pytest.mark.parametrize(("place", "role"), [(0, "the target"), (1, "column 1 of the series")])
def test_a_split_without_a_known_value(place, role):
    series = np.ones((6, 2))
    series[3:5, place] = NAN
    with pytest.raises(InputError, match=f"{role}.* has no known value among the 2 validation rows") as caught:
        settle(series, spans(3, 5, 6), 0, "interpolate")
    assert caught.value.key == "data.missing"


def test_an_unknown_way():
    with pytest.raises(
        InputError, match=r"data\.missing: got 'interpolated'.*Did you mean data\.missing=interpolate\?"
    ):
        settle(column(1, 2, 3), spans(1, 2, 3), 0, "interpolated")
