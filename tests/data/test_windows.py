import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.data.framing import SeriesFraming
from harness.data.windows import cut
from harness.errors import InputError
from harness.spec import Series


def windows(*values, fold=0, target=0, season=None, **changes):
    """One series, or several called s0, s1, ..."""
    setting = {
        "lookback": 3,
        "outputs": 2,
        "stride": 1,
        "split": [10, 5, 5],
        "train_span": "grow",
        "missing": "refuse",
        "normalise": "none",
    }
    several = [
        Series(np.asarray(each, float), target=target, season=season, unit="m", name=f"s{i}")
        for i, each in enumerate(values)
    ]
    return cut(several, SeriesFraming(**setting | changes), fold)


def numbered(rows, features=1):
    """Row r of column f holds 1000 f + r, so that each value tells where it stood."""
    return np.arange(rows)[:, None] + 1000.0 * np.arange(features)


def refusal(*values, **changes):
    with pytest.raises(InputError) as caught:
        windows(*values, **changes)
    return caught.value


def test_windows_by_hand():
    data = windows(numbered(20, 2), target=1)
    # Rows [0, 10), [10, 15), [15, 20): a window of 3 + 2 starts at 0..5, 7..10 and 12..15.
    np.testing.assert_array_equal(data.train.index, range(6))
    np.testing.assert_array_equal(data.validation.index, [7, 8, 9, 10])
    np.testing.assert_array_equal(data.test.index, [12, 13, 14, 15])
    np.testing.assert_array_equal(data.validation.x[0], [[7, 1007], [8, 1008], [9, 1009]])
    np.testing.assert_array_equal(data.validation.y, [[1010, 1011], [1011, 1012], [1012, 1013], [1013, 1014]])
    np.testing.assert_array_equal(data.test.y[-1], [1018, 1019])
    assert data.train.samples == 16
    assert (data.target, data.season, data.unit, data.train.weights) == (1, None, "m", None)
    assert data.train.x.dtype == data.train.y.dtype == np.float64


def test_stride_counts_all_windows_of_the_series():
    data = windows(numbered(23), stride=4, season=7)
    # Starts 0, 4, 8, 12, 16: targets at 3-4, 7-8, 11-12, 15-16, 19-20; row 20 lies behind the test split.
    np.testing.assert_array_equal(data.train.index, [0, 1])
    np.testing.assert_array_equal(data.validation.index, [2])
    np.testing.assert_array_equal(data.test.index, [3])
    np.testing.assert_array_equal(data.test.x[0, :, 0], [12, 13, 14])
    assert (data.train.samples, data.season) == (5, 7)


@pytest.mark.parametrize("lookback", [96, 336])
def test_the_published_protocol_gives_2785_test_windows(lookback):
    data = windows(numbered(17420), lookback=lookback, outputs=96, split=[8640, 2880, 2880])
    assert [len(part.y) for part in (data.train, data.validation, data.test)] == [8640 - lookback - 95, 2785, 2785]
    assert data.test.x[0, 0, 0] == 11520 - lookback
    assert (data.test.y[0, 0], data.test.y[-1, -1]) == (11520, 14399)


def test_windows_share_the_memory_of_one_series():
    data = windows(numbered(20))
    for part in (data.train, data.validation, data.test):
        assert not part.x.flags.owndata
        assert not part.y.flags.owndata
        assert part.x.strides[0] == part.x.strides[1] == 8


def test_drop_leaves_out_the_windows_with_a_gap():
    series = numbered(20, 2)
    series[4, 0] = series[9, 1] = np.nan
    data = windows(series, missing="drop")
    # Row 4 is in the windows that start at 0..4. Row 9 of column 1 counts in x alone: starts 7..9.
    np.testing.assert_array_equal(data.train.index, [5])
    np.testing.assert_array_equal(data.validation.index, [10])
    np.testing.assert_array_equal(data.train.y, [[8, 9]])
    np.testing.assert_array_equal(data.validation.x[0, :, 1], [1010, 1011, 1012])
    assert data.train.samples == 16


def test_standard_takes_each_train_row_once():
    series = np.random.default_rng(0).normal(5, 2, (20, 2))
    series[3, 1] = np.nan
    scaling = windows(series, missing="drop", normalise="standard", target=1).scaling
    known = np.delete(series[:10, 1], 3)
    np.testing.assert_allclose(scaling.x_shift, [series[:10, 0].mean(), known.mean()], rtol=1e-14)
    np.testing.assert_allclose(scaling.x_scale, [series[:10, 0].std(), known.std()], rtol=1e-14)
    assert (scaling.y_shift, scaling.y_scale) == (scaling.x_shift[1], scaling.x_scale[1])


@st.composite
def series_and_setting(draw):
    lookback, outputs, stride = (draw(st.integers(1, most)) for most in (6, 6, 3))
    lengths = [draw(st.integers(lookback + outputs + stride, 30)) for _ in range(3)]
    rows = sum(lengths) + draw(st.integers(0, 4))
    gaps = draw(st.lists(st.integers(0, rows - 1), max_size=4))
    return rows, gaps, {"lookback": lookback, "outputs": outputs, "stride": stride, "split": lengths}


@settings(max_examples=150, deadline=None)
@given(series_and_setting(), st.sampled_from(["none", "standard", "last_value"]))
def test_training_sees_nothing_of_the_later_rows(drawn, normalise):
    rows, gaps, setting = drawn
    series = numbered(rows, 2)
    series[gaps, 1] = np.nan
    train, validation, _ = setting["split"]
    kept = {"missing": "interpolate", "normalise": normalise, **setting}
    data = windows(series, **kept)
    parts = (data.train, data.validation, data.test)
    ends = np.cumsum([0, *setting["split"]])

    for part, start, end in zip(parts, ends[:-1], ends[1:], strict=True):
        assert part.y.min() >= start
        assert part.y.max() < end
        assert part.x[:, :, 0].max() < end
        # Each window is the one that its index names, and none is left out.
        np.testing.assert_array_equal(part.y[:, 0], part.index * setting["stride"] + setting["lookback"])
        starts = np.arange(data.train.samples) * setting["stride"] + setting["lookback"]
        assert part.samples == data.train.samples
        belongs = (starts >= start) & (starts + setting["outputs"] <= end)
        np.testing.assert_array_equal(part.index, np.flatnonzero(belongs))

    for border, unchanged in ((train, parts[:1]), (train + validation, parts[:2])):
        later = series.copy()
        later[border:] = np.cos(np.arange(rows - border))[:, None] * 1e6
        other = windows(later, **kept)
        for part, same in zip(unchanged, (other.train, other.validation), strict=False):
            np.testing.assert_array_equal(part.x, same.x)
            np.testing.assert_array_equal(part.y, same.y)
        for field in ("x_shift", "x_scale", "y_shift", "y_scale"):
            np.testing.assert_array_equal(getattr(data.scaling, field), getattr(other.scaling, field))


@pytest.mark.parametrize("key", ["lookback", "outputs", "stride", "season"])
@pytest.mark.parametrize("value", [0, -1, 1.5, True])
def test_lengths_below_one(key, value):
    error = refusal(numbered(20), **{key: value})
    assert (error.key, error.found) == (f"data.{key}", f"got {value!r}")
    assert error.instead == "Write a whole number of at least 1"


def test_a_series_too_short():
    error = refusal(numbered(4), split=[2, 1, 1])
    assert error.key == "data.lookback"
    assert error.found == "3 rows of lookback and 2 outputs need 5 rows, the series has 4"


@pytest.mark.parametrize(
    ("split", "changes", "name", "has", "needs"),
    [
        ([4, 8, 8], {}, "train", 4, 5),
        ([10, 1, 9], {}, "validation", 1, 2),
        ([10, 9, 1], {}, "test", 1, 2),
        ([10, 0, 9], {}, "validation", 0, 2),
        # Starts 0, 4, 8: the first target at or after row 10 is that of start 8, rows 11 and 12.
        ([10, 2, 8], {"stride": 4}, "validation", 2, 3),
    ],
)
def test_an_empty_split(split, changes, name, has, needs):
    error = refusal(numbered(20), split=split, **changes)
    assert error.key == "data.split"
    assert error.found == f"the {name} split is empty: it has {has} rows and needs {needs} for one window"
    assert f"larger {name} length" in error.instead
    enough = dict(zip(("train", "validation", "test"), split, strict=True)) | {name: needs}
    assert len(windows(numbered(20 + needs), split=list(enough.values()), **changes).train.y) > 0


def test_a_split_that_dropping_empties():
    series = numbered(20)
    series[10:15:2] = np.nan
    error = refusal(series, missing="drop")
    assert (error.key, error.found) == (
        "data.missing",
        "got drop, and each of the 4 validation windows holds a missing value",
    )


def test_infinite_values():
    series = numbered(20, 2)
    series[7, 1] = series[9, 0] = np.inf
    error = refusal(series)
    assert error.found == "2 values are infinite, the first in row 7, column 1 (counted from 0)"


def test_rows_behind_the_test_split_are_not_looked_at():
    series = numbered(25)
    series[20:] = np.nan
    series[24] = np.inf
    assert windows(series).test.y.max() == 19


def test_an_unknown_normalise():
    error = refusal(numbered(20), normalise="standart")
    assert error.key == "data.normalise"
    assert error.instead.startswith("Did you mean data.normalise=standard?")
