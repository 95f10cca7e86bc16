from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_series import SERIES_FRAMING

from harness.data.framing import SeriesFraming
from harness.data.windows import cut
from harness.errors import InputError
from harness.spec import Series


def windows(*values, fold=0, target=0, season=None, **changes):
    """One series, or several called s0, s1, ..."""
    several = [
        Series(np.asarray(each, float), target=target, season=season, unit="m", name=f"s{i}")
        for i, each in enumerate(values)
    ]
    return cut(several, SeriesFraming(**SERIES_FRAMING | changes), fold)


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
    assert data.train.x[:].dtype == data.train.y.dtype == np.float64


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
        assert not part.y.flags.owndata
        assert part.x.rows is data.train.x.rows
        assert not part.x.rows.flags.owndata


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


@pytest.mark.parametrize("missing", ["last", "season"])
def test_no_invented_value_is_a_target_and_histories_are_filled_from_the_past(missing):
    series = numbered(20, 2)
    series[4, 0] = series[13, 0] = series[9, 1] = np.nan
    data = windows(series, missing=missing, season=3)
    # Row 4 is a target of the windows that start at 0 and 1, row 13 of those at 9 and 10.
    np.testing.assert_array_equal(data.train.index, [2, 3, 4, 5])
    np.testing.assert_array_equal(data.validation.index, [7, 8])
    np.testing.assert_array_equal(data.test.index, [12, 13, 14, 15])
    # In histories row 4 holds row 3, or with a season of three row 1; row 13 holds 12 or 10; the other column 8 or 6.
    four, thirteen, nine = (3, 12, 1008) if missing == "last" else (1, 10, 1006)
    np.testing.assert_array_equal(data.train.x[:, :, 0], [[2, 3, four], [3, four, 5], [four, 5, 6], [5, 6, 7]])
    np.testing.assert_array_equal(data.train.y, [[5, 6], [6, 7], [7, 8], [8, 9]])
    np.testing.assert_array_equal(data.validation.x[0], [[7, 1007], [8, 1008], [9, nine]])
    np.testing.assert_array_equal(data.test.x[0, :, 0], [12, thirteen, 14])
    assert data.train.samples == 16
    assert data.notes == (
        f"data.missing={missing} fills 3 missing values of the histories from the past alone, and leaves out 2 of 6 "
        "train, 2 of 4 validation and 0 of 4 test windows, whose targets hold a missing value or whose history starts "
        "before the first known value",
    )


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from(["last", "season", "drop"]), st.integers(1, 3))
def test_every_target_is_a_value_of_the_series(seed, missing, stride):
    rng = np.random.default_rng(seed)
    series = numbered(80)
    series[rng.integers(0, 80, 3)] = np.nan
    data = windows(series, missing=missing, season=4, stride=stride, split=[40, 20, 20])
    for part, (start, end) in zip((data.train, data.validation, data.test), ((0, 40), (40, 60), (60, 80)), strict=True):
        first = part.index * stride + 3
        np.testing.assert_array_equal(part.y, first[:, None] + [0.0, 1.0])
        # All others of the span hold a gap.
        starts = np.array([s for s in range(0, 76, stride) if start <= s + 3 and s + 5 <= end])
        reach = [series[s if missing == "drop" else s + 3 : s + 5, 0] for s in starts]
        leading = np.array([missing != "drop" and np.isnan(series[: s + 1, 0]).all() for s in starts])
        whole = np.array([not np.isnan(each).any() for each in reach])
        np.testing.assert_array_equal(part.index * stride, starts[whole & ~leading])


@pytest.mark.parametrize("normalise", ["none", "standard", "last_value"])
def test_a_series_that_starts_with_a_gap(normalise):
    series = numbered(30)
    series[:6] = np.nan
    data = windows(series, missing="last", normalise=normalise, split=[20, 5, 5])
    # The first known value is that of row 6.
    np.testing.assert_array_equal(data.train.index, range(6, 16))
    assert np.isfinite(data.train.x).all()
    assert "leaves out 6 of 16 train" in data.notes[0]


def test_standard_takes_known_values_alone():
    series = numbered(20)
    series[3:7] = np.nan
    scaling = windows(series, missing="last", normalise="standard").scaling
    known = np.array([0, 1, 2, 7, 8, 9])
    assert scaling.x_shift[0] == pytest.approx(known.mean(), rel=1e-14)
    assert scaling.y_scale == pytest.approx(known.std(), rel=1e-14)


def test_notes_of_several_series_are_told_once_and_windows_are_counted_together():
    gap = numbered(20)
    gap[4] = np.nan
    assert windows(numbered(20), numbered(20)).notes == ()
    notes = windows(gap, numbered(20), gap, missing="last").notes
    assert len(notes) == 1
    assert "fills 2 missing" in notes[0]
    assert "leaves out 4 of 18 train, 0 of 12 validation and 0 of 12 test" in notes[0]


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
    # But for the first row, so that every gap has a value before it.
    series[[gap for gap in gaps if gap], 1] = np.nan
    train, validation, _ = setting["split"]
    kept = {"missing": "last", "normalise": normalise, **setting}
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
    error = refusal(series, missing="last")
    assert error.found == "got last, and each of the 4 validation windows holds a missing target"
    assert "a smaller data.lookback or data.outputs, or another data.split" in error.instead


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


def test_two_series_of_different_levels_by_hand():
    low, high = numbered(20, 2), 5000 + numbered(30, 2)
    data = windows(low, high, normalise="standard", split=[0.5, 0.25, 0.25])
    assert data.series == ("s0", "s1")
    # Of 20 rows, starts 0..5, 7..8 (targets at rows 10 to 14 less the border) and so on; of 30 rows [0, 15), [15, 22).
    np.testing.assert_array_equal(data.train.index[data.train.series == 0], range(6))
    np.testing.assert_array_equal(data.train.index[data.train.series == 1], 16 + np.arange(11))
    np.testing.assert_array_equal(data.validation.index, [7, 8, 9, 10, *(16 + np.arange(12, 18))])
    np.testing.assert_array_equal(data.test.series, [0] * 4 + [1] * 7)
    # A window's own rows, and none of the other series.
    for part in (data.train, data.validation, data.test):
        assert part.samples == 16 + 26
        for x, y, series, index in zip(part.x, part.y, part.series, part.index, strict=True):
            start = index - 16 * series + 5000 * series
            np.testing.assert_array_equal(x[:, 0], start + np.arange(3))
            np.testing.assert_array_equal(y, start + np.arange(3, 5))
    rows = np.concatenate([low[:10], high[:15]])
    np.testing.assert_allclose(data.scaling.x_shift, rows.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(data.scaling.x_scale, rows.std(axis=0), rtol=1e-14)
    assert (data.scaling.y_shift, data.scaling.y_scale) == (data.scaling.x_shift[0], data.scaling.x_scale[0])


def test_each_series_alone_gives_the_same_windows():
    series = [np.random.default_rng(i).normal(size=(rows, 1)) for i, rows in enumerate((40, 25, 60))]
    setting = {"split": [0.5, 0.25, 0.25], "stride": 2, "fold": 1}
    together, alone = windows(*series, **setting), [windows(each, **setting) for each in series]
    for name in ("train", "validation", "test"):
        part = getattr(together, name)
        np.testing.assert_array_equal(part.x, np.concatenate([getattr(each, name).x for each in alone]))
        np.testing.assert_array_equal(part.y, np.concatenate([getattr(each, name).y for each in alone]))
        assert np.all(np.diff(part.index) > 0)


def test_what_is_wrong_with_one_of_several_series_names_it():
    good, short, infinite, gappy = numbered(20), numbered(4), numbered(20), numbered(20)
    infinite[12], gappy[12] = np.inf, np.nan
    assert "the series 's1' has 4" in refusal(good, short).found
    assert "in the series 's1' 1 values are infinite, the first in row 12" in refusal(good, infinite).found
    assert "in the series 's1' got refuse, and 1 values are missing" in refusal(good, gappy).found


@pytest.mark.parametrize(
    ("fold", "train_span", "starts"),
    [
        (0, "grow", (range(16), range(17, 21), range(22, 26))),
        (1, "grow", (range(11), range(12, 16), range(17, 21))),
        (3, "grow", (range(1), range(2, 6), range(7, 11))),
        # 30 rows, of which the last 8 + 5 + 5 are fold 0.
        (0, "slide", (range(12, 16), range(17, 21), range(22, 26))),
        (1, "slide", (range(7, 11), range(12, 16), range(17, 21))),
        (2, "slide", (range(2, 6), range(7, 11), range(12, 16))),
    ],
)
def test_folds_by_hand(fold, train_span, starts):
    split = [20, 5, 5] if train_span == "grow" else [8, 5, 5]
    data = windows(numbered(30), fold=fold, train_span=train_span, split=split, normalise="standard")
    for part, at in zip((data.train, data.validation, data.test), starts, strict=True):
        np.testing.assert_array_equal(part.index, at)
        np.testing.assert_array_equal(part.x[:, 0, 0], at)
        np.testing.assert_array_equal(part.y[:, 0], np.array(at) + 3)
    # The scaling is that of the fold's own train rows.
    rows = np.arange(starts[0][0], starts[0][-1] + 5)
    assert data.scaling.x_shift[0] == pytest.approx(rows.mean(), rel=1e-14)
    assert data.scaling.x_scale[0] == pytest.approx(rows.std(), rel=1e-14)


def test_too_early_a_fold_for_a_window():
    # Fold 4 would leave no row to train on, fold 3 the five that a window needs.
    error = refusal(numbered(30), fold=4, split=[20, 5, 5])
    assert (error.key, error.found) == ("fold", "got 4, and there are 4 folds, 0 to 3")


def test_rows_outside_the_spans_of_a_fold_are_not_looked_at():
    series = numbered(30)
    series[0], series[28] = np.nan, np.inf
    data = windows(series, fold=1, train_span="slide", split=[8, 5, 5])
    assert (data.train.x[:].min(), data.test.y.max()) == (7, 24)
    assert refusal(series, fold=2, train_span="slide", split=[10, 5, 5]).key == "data.missing"


@settings(max_examples=60, deadline=None)
@given(series_and_setting(), st.sampled_from(["grow", "slide"]))
def test_test_windows_of_two_folds_share_no_target(drawn, train_span):
    rows, _, setting = drawn
    train, _, test = setting["split"]
    room = train - setting["lookback"] - setting["outputs"] if train_span == "grow" else rows - sum(setting["split"])
    folds = [windows(numbered(rows), fold=k, train_span=train_span, **setting) for k in range(room // test + 1)]
    with pytest.raises(InputError, match=f"there (is|are) .*{len(folds) - 1}"):
        windows(numbered(rows), fold=len(folds), train_span=train_span, **setting)
    seen: set[float] = set()
    for data in folds:
        own = set(data.test.y.ravel())
        assert not own & seen
        assert data.train.y.max() < data.validation.y.min()
        assert data.validation.y.max() < data.test.y.min()
        seen |= own


def test_what_stands_beside_the_targets_of_several_series():
    several = [
        Series(
            numbered(20) + 100 * i,
            target=0,
            season=None,
            unit="m",
            name=f"s{i}",
            times=np.datetime64("2020-01-01T00", "h") + np.arange(20) + 100 * i,
            beside={"price": np.arange(20.0) + 100 * i},
        )
        for i in range(2)
    ]
    data = cut(several, SeriesFraming(**SERIES_FRAMING), 0)
    for split in (data.train, data.validation, data.test):
        np.testing.assert_array_equal(split.beside["price"], split.y)
        np.testing.assert_array_equal((split.times - several[0].times[0]).astype(float), split.y)
    without = replace(several[1], times=None)
    assert cut([several[0], without], SeriesFraming(**SERIES_FRAMING), 0).train.times is None
    with pytest.raises(InputError, match=r"values beside the targets \[\] in .*'s1'"):
        cut([several[0], replace(without, beside={})], SeriesFraming(**SERIES_FRAMING), 0)
