import numpy as np
import pytest

from harness.data.dataset import source_of
from harness.data.sources.npz_file import npz_file
from harness.errors import InputError

RNG = np.random.default_rng(0)
X, Y, W = RNG.normal(3, 2, (20, 5, 2)), RNG.normal(8, 3, (20, 4)), RNG.uniform(size=(20, 4))


@pytest.fixture
def file(tmp_path):
    def write(**arrays):
        np.savez(tmp_path / "windows.npz", **arrays)
        return tmp_path / "windows.npz"

    return write


def read(path, fold=0, **changes):
    setting = {
        "target": None,
        "lookback": None,
        "outputs": None,
        "split": [0.5, 0.2, 0.3],
        "train_span": "grow",
        "gap": 0,
        "shared_targets": "refuse",
        "normalise": "standard",
        "season": None,
        "unit": "m",
    }
    keys = {"path": None if path is None else str(path), **setting, **changes}
    return source_of(npz_file, keys).dataset(fold)


def refusal(path, **changes):
    with pytest.raises(InputError) as caught:
        read(path, **changes)
    return caught.value


def test_splits_by_samples(file):
    data = read(file(x=X, y=Y, w=W), lookback=5, outputs=4, season=3)
    for part, at in ((data.train, slice(0, 10)), (data.validation, slice(10, 14)), (data.test, slice(14, 20))):
        np.testing.assert_array_equal(part.x, X[at])
        np.testing.assert_array_equal(part.y, Y[at])
        np.testing.assert_array_equal(part.weights, W[at])
        np.testing.assert_array_equal(part.index, np.arange(20)[at])
        assert part.samples == 20
        np.testing.assert_array_equal(part.series, np.zeros(len(part.x)))
    assert (data.target, data.season, data.unit) == (None, 3, "m")


def test_without_weights(file):
    assert read(file(x=X, y=Y)).train.weights is None


def test_the_gap_is_taken_from_the_later_split(file):
    data = read(file(x=X, y=Y), gap=2)
    np.testing.assert_array_equal(data.train.index, range(10))
    np.testing.assert_array_equal(data.validation.index, [12, 13])
    np.testing.assert_array_equal(data.test.index, [16, 17, 18, 19])
    np.testing.assert_array_equal(data.validation.y, Y[12:14])


def test_scaling_is_fitted_on_the_train_samples(file):
    scaling = read(file(x=X, y=Y)).scaling
    np.testing.assert_allclose(scaling.x_shift, X[:10].mean(axis=(0, 1)), rtol=1e-13)
    assert scaling.y_scale == pytest.approx(Y[:10].std(), rel=1e-13)
    later = Y.copy()
    later[10:] *= 100
    assert read(file(x=X, y=later)).scaling.y_scale == scaling.y_scale


def test_last_value_with_and_without_the_target(file):
    path = file(x=X, y=Y)
    scaling = read(path, normalise="last_value", target=1).scaling
    assert scaling.y_scale == pytest.approx((Y[:10] - X[:10, -1, 1:]).std(), rel=1e-13)
    assert refusal(path, normalise="last_value").key == "data.normalise"


def test_small_types_become_float64(file):
    data = read(file(x=X.astype(np.float32), y=np.arange(80).reshape(20, 4)))
    assert data.train.x.dtype == data.train.y.dtype == np.float64


def series_windows(stride, outputs=6, n=20):
    series = RNG.normal(size=200)
    return np.stack([series[i * stride : i * stride + outputs] for i in range(n)])


@pytest.mark.parametrize(("stride", "gap"), [(1, 5), (2, 2), (4, 1), (5, 1)])
def test_shared_targets_are_refused_and_the_gap_serves(file, stride, gap):
    path = file(x=X, y=series_windows(stride))
    for less in range(gap):
        error = refusal(path, gap=less, split=[8, 6, 6])
        assert error.key == "data.gap"
        assert f"{stride} rows apart" in error.found
        assert f"shares {6 - stride * (less + 1)} of its 6 targets with the first validation sample" in error.found
        assert error.instead == f"Write data.gap={gap}"
    assert len(read(path, gap=gap, split=[8, 6, 6]).validation.y) == 6 - gap


def test_nothing_given():
    error = refusal(None)
    assert (error.key, error.found) == ("data.path", "no file given")


def test_a_missing_file(file, tmp_path):
    file(x=X, y=Y)
    error = refusal(tmp_path / "window.npz")
    assert error.instead.startswith(f"Did you mean {tmp_path / 'windows.npz'}?")


def test_a_missing_array(file):
    error = refusal(file(x=X, target=Y))
    assert (error.key, error.found.endswith("has no array 'y'")) == ("data.path", True)
    assert error.instead.endswith("The arrays there: x, target")


@pytest.mark.parametrize(
    ("arrays", "found"),
    [
        ({"x": X[:, :, 0], "y": Y}, "x [20, 5], y [20, 4]"),
        ({"x": X, "y": Y[:, 0]}, "x [20, 5, 2], y [20]"),
        ({"x": X, "y": Y[:19]}, "x [20, 5, 2], y [19, 4]"),
        ({"x": X, "y": Y[:, :0]}, "x [20, 5, 2], y [20, 0]"),
        ({"x": X, "y": Y, "w": W[0]}, "x [20, 5, 2], y [20, 4], w [4]"),
    ],
)
def test_wrong_shapes(file, arrays, found):
    error = refusal(file(**arrays))
    assert error.key == "data.path"
    assert error.found.endswith(f"holds {found}")
    assert error.instead.startswith("Write x [N, T, F], y [N, outputs]")


@pytest.mark.parametrize(("name", "value"), [("x", np.nan), ("y", np.nan), ("y", np.inf)])
def test_values_that_are_not_finite(file, name, value):
    arrays = {"x": X.copy(), "y": Y.copy()}
    arrays[name][7, 1] = value
    error = refusal(file(**arrays))
    assert error.key == "data.path"
    assert f"{name} holds NaN or infinite values in 1 samples, the first in sample 7" in error.found


@pytest.mark.parametrize("y", [Y.astype(str), Y.astype(complex), Y > 8, Y.astype(object)])
def test_arrays_that_hold_no_numbers(file, y):
    error = refusal(file(x=X, y=y))
    assert (error.key, error.instead) == ("data.path", "Write an array of numbers")


def test_what_is_no_npz(tmp_path):
    np.save(tmp_path / "one.npy", X)
    assert "one array without a name" in refusal(tmp_path / "one.npy").found
    for text in ("x,y\n1,2\n", ""):
        (tmp_path / "text.npz").write_text(text)
        assert "does not read as an .npz file" in refusal(tmp_path / "text.npz").found


@pytest.mark.parametrize(("key", "has"), [("lookback", 5), ("outputs", 4)])
def test_lengths_that_do_not_agree(file, key, has):
    error = refusal(file(x=X, y=Y), **{key: 9})
    assert (error.key, error.found) == (f"data.{key}", f"got 9, the windows have {has}")
    assert error.instead == f"Write data.{key}={has} or data.{key}=null"


@pytest.mark.parametrize("target", [2, -1, "load", 1.0, True])
def test_a_target_that_is_no_feature(file, target):
    error = refusal(file(x=X, y=Y), target=target)
    assert (error.key, error.instead) == ("data.target", "Write null, or a feature of x from 0 to 1")


@pytest.mark.parametrize(("key", "value", "least"), [("gap", -1, 0), ("season", 0, 1)])
def test_figures_out_of_range(file, key, value, least):
    error = refusal(file(x=X, y=Y), **{key: value})
    assert (error.key, error.instead) == (f"data.{key}", f"Write a whole number of at least {least}")


def test_an_empty_split(file):
    error = refusal(file(x=X, y=Y), split=[10, 4, 6], gap=4)
    assert error.key == "data.split"
    assert error.found == "the validation split is empty: it has 4 samples and needs 5"
