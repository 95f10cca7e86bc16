import numpy as np
import pytest

from harness.data.framing import WindowsFraming
from harness.data.precut import place
from harness.errors import InputError
from harness.spec import Windows

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(30, 5, 2)), RNG.normal(size=(30, 4))
# Two samples of "b" stand before each sample of "a".
LABELS = np.array(["b", "b", "a"] * 10)


def placed(fold=0, series=None, **changes):
    framing = {"lookback": None, "outputs": None, "split": [0.5, 0.2, 0.3], "train_span": "grow", "gap": 0}
    framing["shared_targets"] = "refuse"
    windows = Windows(X, changes.pop("y", Y), None, series, target=None, season=None, unit="m")
    return place(windows, WindowsFraming(**{**framing, "normalise": "standard", **changes}), fold)


def placed_of(y, series):
    windows = Windows(X[: len(y)], y, None, series, target=None, season=None, unit="m")
    return place(windows, WindowsFraming(None, None, [0.4, 0.3, 0.3], "grow", 3, "refuse", "none"), 0)


def test_one_series_is_placed_as_views():
    data = placed()
    for part, at in ((data.train, slice(0, 15)), (data.validation, slice(15, 21)), (data.test, slice(21, 30))):
        np.testing.assert_array_equal(part.x, X[at])
        np.testing.assert_array_equal(part.index, np.arange(30)[at])
        assert np.shares_memory(part.x, X)


@pytest.mark.parametrize("names", [("b", "a"), (7, 3)])
def test_each_series_is_split_by_its_own_order(names):
    data = placed(series=np.where(LABELS == "b", *names))
    assert data.series == tuple(map(str, names))
    # Of b, samples 0 to 9 of 20 are train: the places 0, 1, 3, 4, ..., 13; of a 5 of 10: 2, 5, ..., 14.
    np.testing.assert_array_equal(data.train.index, range(15))
    np.testing.assert_array_equal(data.validation.index, range(15, 21))
    np.testing.assert_array_equal(data.train.series, [0, 0, 1] * 5)
    np.testing.assert_array_equal(data.test.x, X[21:])


def test_series_of_other_lengths_lie_scattered_in_the_splits():
    # Ten samples of one series, then twenty of another.
    data = placed(series=np.repeat([5, 6], [10, 20]))
    np.testing.assert_array_equal(data.train.index, [*range(5), *range(10, 20)])
    np.testing.assert_array_equal(data.validation.index, [5, 6, *range(20, 24)])
    np.testing.assert_array_equal(data.test.index, [7, 8, 9, *range(24, 30)])
    np.testing.assert_array_equal(data.test.y, Y[[7, 8, 9, *range(24, 30)]])
    np.testing.assert_array_equal(data.test.series, [0] * 3 + [1] * 6)


def test_the_scaling_is_that_of_all_train_samples():
    data = placed(series=np.repeat([5, 6], [10, 20]))
    train = [*range(5), *range(10, 20)]
    np.testing.assert_allclose(data.scaling.x_shift, X[train].mean(axis=(0, 1)), rtol=1e-12)
    assert data.scaling.y_scale == pytest.approx(Y[train].std(), rel=1e-12)


def test_folds_with_a_gap():
    data = placed(fold=1, split=[20, 5, 5], gap=1)
    np.testing.assert_array_equal(data.train.index, range(15))
    np.testing.assert_array_equal(data.validation.index, range(16, 20))
    np.testing.assert_array_equal(data.test.index, range(21, 25))
    assert data.scaling.y_scale == pytest.approx(Y[:15].std(), rel=1e-12)
    np.testing.assert_array_equal(placed(fold=2, split=[10, 5, 5], train_span="slide").train.index, range(10))


def test_too_early_a_fold():
    placed(fold=3, split=[20, 5, 5])
    with pytest.raises(InputError, match="fold: got 4, and there are 4 folds, 0 to 3"):
        placed(fold=4, split=[20, 5, 5])


def test_an_empty_split_of_one_series_names_it():
    with pytest.raises(InputError) as caught:
        placed(series=np.repeat(["long", "short"], [28, 2]))
    assert caught.value.key == "data.split"
    assert caught.value.found == ("the validation split of the series 'short' is empty: it has 0 samples and needs 1")


def test_shared_targets_are_found_in_each_series():
    values = RNG.normal(size=200)
    walk = np.stack([values[i : i + 4] for i in range(20)])
    y, series = np.concatenate([Y[:10], walk]), np.repeat(["apart", "walk"], [10, 20])
    with pytest.raises(InputError) as caught:
        placed(y=y, series=series, split=[0.4, 0.3, 0.3])
    assert caught.value.key == "data.gap"
    assert caught.value.instead == "Write data.gap=3"
    # Three of ten samples are less than a gap of 3 and one more.
    with pytest.raises(InputError, match="the validation split of the series 'apart' is empty"):
        placed(y=y, series=series, split=[0.4, 0.3, 0.3], gap=3)
    y, series = y[10:], series[10:]
    np.testing.assert_array_equal(placed_of(y, series).validation.index, range(11, 14))
