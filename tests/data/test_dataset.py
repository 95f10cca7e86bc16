"""From a user's own source, which is one function, to a data set."""

import numpy as np
import pytest
from small_series import SERIES_FRAMING

from harness.data.dataset import source_of
from harness.errors import InputError
from harness.spec import Series, Windows

WINDOWS_FRAMING = {
    "lookback": None,
    "outputs": None,
    "split": [4, 2, 2],
    "train_span": "grow",
    "gap": 0,
    "shared_targets": "refuse",
    "normalise": "none",
}


def line(*, slope):
    return Series(slope * np.arange(20.0)[:, None], target=0, season=None, unit="m", name="line")


def two_lines(*, slope):
    high = Series(1000 + slope * np.arange(30.0)[:, None], target=0, season=None, unit="m", name="high")
    return [line(slope=slope), high]


def pairs(*, seed):
    x, y = np.random.default_rng(seed).normal(size=(2, 8, 3, 2))
    return Windows(x, y[:, :, 0], None, None, target=None, season=None, unit="m")


def refusal(function, keys):
    with pytest.raises(InputError) as caught:
        source_of(function, keys).dataset(0)
    return caught.value


def test_one_series():
    data = source_of(line, {"slope": 2.0, **SERIES_FRAMING}).dataset(0)
    np.testing.assert_array_equal(data.test.y[0], [30, 32])
    assert (data.series, data.unit) == (("line",), "m")
    np.testing.assert_array_equal(data.test.series, np.zeros(len(data.test.x)))


def test_several_series():
    data = source_of(two_lines, {"slope": 2.0, **SERIES_FRAMING}).dataset(0)
    assert data.series == ("line", "high")
    assert set(data.test.y[data.test.series == 0].ravel()) == set(np.arange(30.0, 40, 2))
    assert set(data.test.y[data.test.series == 1].ravel()) == set(1000 + np.arange(30.0, 40, 2))


def test_windows():
    data = source_of(pairs, {"seed": 1, **WINDOWS_FRAMING}).dataset(0)
    np.testing.assert_array_equal(data.train.x, pairs(seed=1).x[:4])
    assert data.series == ("",)


@pytest.mark.parametrize(
    ("function", "keys", "wrong", "near"),
    [
        (line, {"slope": 1.0, **SERIES_FRAMING}, "slop", "slope"),
        (line, {"slope": 1.0, **SERIES_FRAMING}, "lookbak", "lookback"),
        (pairs, {"seed": 1, **WINDOWS_FRAMING}, "gaps", "gap"),
    ],
)
def test_a_key_that_nobody_knows_is_refused_before_anything_is_read(function, keys, wrong, near):
    with pytest.raises(InputError, match=rf"data\.{wrong}: .*Did you mean data\.{wrong}={near}\?"):
        source_of(function, {**keys, wrong: 1})


def test_a_key_that_both_know_goes_to_both():
    def walk(*, lookback):
        return Windows(np.ones((8, lookback, 1)), np.ones((8, 2)), None, None, target=None, season=None, unit="")

    data = source_of(walk, {**WINDOWS_FRAMING, "lookback": 5}).dataset(0)
    assert data.train.x.shape == (4, 5, 1)


def test_a_framing_without_a_key_names_it():
    keys = {"slope": 1.0, **SERIES_FRAMING}
    del keys["train_span"]
    error = refusal(line, keys)
    assert (error.key, error.found) == ("data.train_span", "no value given")
    assert error.instead == "The source gives one or more series: add train_span to its YAML file"


@pytest.mark.parametrize(
    ("function", "keys", "key"),
    [
        (line, {"slope": 1.0, **SERIES_FRAMING, "gap": 2}, "data.gap"),
        (pairs, {"seed": 1, **WINDOWS_FRAMING, "stride": 2}, "data.stride"),
    ],
)
def test_a_key_of_the_other_framing_is_refused(function, keys, key):
    error = refusal(function, keys)
    assert (error.key, error.instead) == (key, "Leave that key out")
    assert error.found.startswith("got 2, and the source gives ")


@pytest.mark.parametrize("given", [None, [], np.ones((20, 1)), [np.ones((20, 1))], "series"])
def test_a_source_that_gives_something_else(given):
    error = refusal(lambda: given, SERIES_FRAMING)
    assert error.key == "data._target_"
    assert "Series" in error.instead


def series(**changes):
    own = {"values": np.arange(20.0)[:, None], "target": 0, "season": None, "unit": "m", "name": "a"}
    return Series(**own | changes)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ([series(values=np.arange(20.0))], "values of float64 [20]"),
        ([series(values=np.arange(20)[:, None])], "values of int64 [20, 1]"),
        ([series(values=[[1.0]] * 20)], "values of list []"),
        ([series(target=1)], "the target 1"),
        ([series(target=-1)], "the target -1"),
        ([series(), series()], "two series are called 'a'"),
        ([series(), series(name="b", unit="km")], "unit 'km' in the series 'b' and 'm' in the series 'a'"),
        ([series(), series(name="b", season=7)], "season 7 in the series 'b' and None in the series 'a'"),
        ([series(), series(name="b", values=np.ones((20, 2)))], "columns 2 in the series 'b' and 1 in the series 'a'"),
    ],
)
def test_series_that_do_not_fit(given, found):
    error = refusal(lambda: given, SERIES_FRAMING)
    assert error.key == "data"
    assert found in error.found


def windows(**changes):
    own = {"x": np.ones((8, 3, 2)), "y": np.ones((8, 2)), "weights": None, "series": None}
    return Windows(**{**own, "target": None, "season": None, "unit": ""} | changes)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"x": np.ones((8, 3))}, "x [8, 3] with x [8, 3]"),
        ({"y": np.ones((7, 2))}, "y [7, 2] with x [8, 3, 2]"),
        ({"weights": np.ones(8)}, "weights [8] with x [8, 3, 2]"),
        ({"series": np.zeros((8, 1))}, "series [8, 1] with x [8, 3, 2]"),
        ({"y": None}, "y None with x [8, 3, 2]"),
        ({"y": np.ones((8, 2), np.float32)}, "y float32 [8, 2]"),
        ({"x": np.full((8, 3, 2), np.nan)}, "x float64 [8, 3, 2], or a value that is not finite"),
        ({"y": np.ones((8, 0))}, "y float64 [8, 0]"),
    ],
)
def test_windows_that_do_not_fit(changes, found):
    error = refusal(lambda: windows(**changes), WINDOWS_FRAMING)
    assert error.key == "data"
    assert found in error.found
