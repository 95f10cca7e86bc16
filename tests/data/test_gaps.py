import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.data.gaps import check_missing, histories, note_on_missing
from harness.errors import InputError

NAN = np.nan


def column(*values):
    return np.array(values, float)[:, None]


def test_last_fills_with_the_last_value_before():
    series = column(NAN, 1, NAN, NAN, 4, NAN)
    before = series.copy()
    np.testing.assert_array_equal(histories(series, "last", None, ""), column(NAN, 1, 1, 1, 4, 4))
    np.testing.assert_array_equal(series, before)


def test_season_fills_with_the_season_before_and_else_with_the_last_value():
    # Seasons of three rows: row 1 has none before it and takes row 0; row 4 takes row 1, which is filled by then only
    # as a last value, so row 3; row 6 takes row 3, and row 9 row 6.
    series = column(10, NAN, 30, 11, NAN, 31, NAN, 22, 32, NAN, 23)
    filled = column(10, 10, 30, 11, 11, 31, 11, 22, 32, 11, 23)
    np.testing.assert_array_equal(histories(series, "season", 3, ""), filled)


def test_a_gap_of_several_seasons_repeats_the_season_before_it():
    series = column(1, 2, 3, *[NAN] * 7)
    np.testing.assert_array_equal(histories(series, "season", 3, ""), column(1, 2, 3, 1, 2, 3, 1, 2, 3, 1))


def test_each_column_is_filled_alone():
    series = np.array([[0, 5], [NAN, NAN], [4, NAN]], float)
    np.testing.assert_array_equal(histories(series, "last", None, ""), [[0, 5], [0, 5], [4, 5]])


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["last", "season"]), st.integers(1, 5), st.integers(0, 2**31), st.integers(1, 29))
def test_nothing_filled_depends_on_a_later_row(missing, season, seed, border):
    rng = np.random.default_rng(seed)
    series = rng.normal(size=(30, 2))
    series[rng.random(series.shape) < 0.4] = NAN
    later = series.copy()
    later[border:] = rng.normal(size=(30 - border, 2))
    one, other = (histories(each, missing, season, "")[:border] for each in (series, later))
    np.testing.assert_array_equal(one, other)
    known = ~np.isnan(series[:border])
    np.testing.assert_array_equal(one[known], series[:border][known])
    # Only what has no known value before it stays missing.
    np.testing.assert_array_equal(np.isnan(one), ~np.maximum.accumulate(known, axis=0))


def test_drop_leaves_the_gaps():
    series = column(1, NAN, 3)
    assert histories(series, "drop", None, "") is series


@pytest.mark.parametrize("missing", ["refuse", "last", "season", "drop"])
def test_a_whole_series_stays_as_it_is(missing):
    series = column(1, 2, 3)
    assert histories(series, missing, 2, "") is series


def test_refuse_names_how_many_and_the_first_row_and_what_the_source_says():
    with pytest.raises(InputError) as caught:
        histories(column(1, 2, NAN, NAN, 5), "refuse", None, "the step is 1 day")
    assert caught.value.key == "data.missing"
    assert caught.value.found == (
        "got refuse, and 2 values are missing, the first in row 2, counted from 0 (the step is 1 day)"
    )
    assert "data.missing=last" in caught.value.instead


def test_an_unknown_way():
    with pytest.raises(InputError, match=r"data\.missing: got 'lst'.*Did you mean data\.missing=last\?"):
        check_missing("lst", None)


def test_interpolate_says_why_it_is_refused_and_what_serves():
    with pytest.raises(InputError) as caught:
        check_missing("interpolate", 52)
    assert caught.value.key == "data.missing"
    assert "a forecast sees its future" in caught.value.found
    assert "data.missing=last or data.missing=season" in caught.value.instead


def test_season_wants_a_season():
    check_missing("season", 7)
    with pytest.raises(InputError, match=r"data\.missing: got season, and data\.season is null\. Write .*data\.season"):
        check_missing("season", None)


def test_what_missing_values_cost_is_told():
    left_out = {"train": (3, 10), "validation": (0, 4), "test": (1, 5)}
    assert note_on_missing("last", 6, left_out) == (
        "data.missing=last fills 6 missing values of the histories from the past alone, and leaves out 3 of 10 train, "
        "0 of 4 validation and 1 of 5 test windows, whose targets hold a missing value or whose history starts before "
        "the first known value"
    )
    assert note_on_missing("drop", 0, left_out).startswith("data.missing=drop leaves out 3 of 10 train")
    assert note_on_missing("last", 0, dict.fromkeys(left_out, (0, 5))) == ""
