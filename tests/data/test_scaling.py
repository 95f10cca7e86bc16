import numpy as np
import pytest

from harness.data.scaling import fit_scaling, inputs, predictions, targets
from harness.errors import InputError
from harness.spec import Split

RNG = np.random.default_rng(0)
X, Y = RNG.normal(300, 7, (40, 5, 3)), RNG.normal(300, 9, (40, 4))
ONE = np.zeros(40, int)
TRAIN = Split(X, Y, np.arange(40), 50, series=ONE)


def fit(normalise, target=1, train=TRAIN, rows=None):
    return fit_scaling(train, normalise=normalise, target=target, rows=rows)


def test_last_value_against_numpy():
    scaling = fit("last_value")
    left, ahead = X - X[:, -1:], Y - X[:, -1, 1][:, None]
    np.testing.assert_allclose(scaling.x_scale, left.std(axis=(0, 1)), rtol=1e-13)
    assert scaling.y_scale == pytest.approx(ahead.std(), rel=1e-13)
    np.testing.assert_array_equal(scaling.x_shift, [0, 0, 0])
    assert (scaling.last_value, scaling.target, scaling.y_shift) == (True, 1, 0)
    np.testing.assert_allclose(inputs(scaling, X), left / left.std(axis=(0, 1)), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(targets(scaling, X, Y), ahead / ahead.std(), rtol=1e-6)


def test_standard_from_the_samples():
    scaling = fit("standard", target=None)
    np.testing.assert_allclose(inputs(scaling, X), (X - X.mean(axis=(0, 1))) / X.std(axis=(0, 1)), atol=1e-5)
    np.testing.assert_allclose(targets(scaling, X, Y), (Y - Y.mean()) / Y.std(), atol=1e-5)


def test_standard_from_the_rows():
    rows = RNG.normal(-3, 2, (50, 3))
    rows[7, 1] = np.nan
    scaling = fit("standard", rows=rows)
    known = np.delete(rows[:, 1], 7)
    np.testing.assert_allclose(scaling.x_shift, [rows[:, 0].mean(), known.mean(), rows[:, 2].mean()], rtol=1e-13)
    assert scaling.y_shift == pytest.approx(known.mean(), rel=1e-13)
    assert scaling.y_scale == pytest.approx(known.std(), rel=1e-13)


def test_none_changes_nothing_but_the_type():
    scaling = fit("none", target=None)
    np.testing.assert_array_equal(inputs(scaling, X), X.astype(np.float32))
    np.testing.assert_array_equal(targets(scaling, X, Y), Y.astype(np.float32))


@pytest.mark.parametrize("normalise", ["last_value", "standard", "none"])
def test_the_way_back(normalise):
    scaling = fit(normalise)
    later = RNG.normal(900, 20, (6, 5, 3)), RNG.normal(900, 20, (6, 4))
    z = targets(scaling, *later)
    assert z.dtype == inputs(scaling, later[0]).dtype == np.float32
    back = predictions(scaling, later[0], z)
    assert back.dtype == np.float64
    np.testing.assert_allclose(back, later[1], rtol=1e-6)


def test_one_scale_for_all_outputs():
    y = Y * [1, 10, 100, 1000]
    scaling = fit("standard", target=None, train=Split(X, y, np.arange(40), 50, series=ONE))
    assert np.ndim(scaling.y_scale) == 0
    z = targets(scaling, X, y)
    np.testing.assert_allclose(z.std(axis=0) / z[:, 0].std(), y.std(axis=0) / y[:, 0].std(), rtol=1e-4)


@pytest.mark.parametrize("normalise", ["last_value", "standard"])
@pytest.mark.parametrize("value", [0.0, 0.1, 1e9 / 3])
def test_a_constant_has_the_scale_one(normalise, value):
    x = X.copy()
    x[:, :, 2] = value
    scaling = fit(normalise, train=Split(x, Y, np.arange(40), 50, series=ONE))
    assert scaling.x_scale[2] == 1
    np.testing.assert_allclose(inputs(scaling, x)[:, :, 2], 0, atol=1e-6)


def test_a_small_deviation_is_kept():
    x = 300 + 1e-6 * (X - 300)
    assert fit("standard", target=None, train=Split(x, Y, np.arange(40), 50, series=ONE)).x_scale[0] == pytest.approx(
        7e-6, rel=0.2
    )


def test_last_value_needs_the_target_in_x():
    with pytest.raises(InputError) as caught:
        fit("last_value", target=None)
    assert caught.value.key == "data.normalise"
    assert "data.target is null" in caught.value.found
    assert "data.normalise=standard" in caught.value.instead


def test_an_unknown_way():
    with pytest.raises(InputError, match=r"data\.normalise: got 'last_valeu'.*Did you mean data\.normalise=last_value"):
        fit("last_valeu")
