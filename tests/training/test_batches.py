import keras
import numpy as np
import pytest

from harness.data.scaling import ScaledWindows, fit_scaling, inputs
from harness.spec import Fittable, RowWindows, Split
from harness.training.batches import batches

RNG = np.random.default_rng(0)
WINDOWS = RowWindows(RNG.normal(300, 7, (60, 3)), np.r_[0:40, 43:50], 6)
N = len(WINDOWS)
Y, W = RNG.normal(size=(N, 4)).astype("float32"), RNG.uniform(size=(N, 4)).astype("float32")


def plain():
    history = keras.Input((6, 3))
    model = keras.Model(history, keras.layers.Dense(4)(keras.layers.Flatten()(history)))
    return Fittable(model, {}, lambda x, y, w: (x, y, w))


def taken(x, count):
    return [[part.numpy() for part in batch] for batch in batches(plain(), (x, Y, W), 8, 3, 0).take(count)]


@pytest.mark.parametrize("normalise", ["last_value", "standard", "none"])
@pytest.mark.parametrize("indicators", [0, 1])
def test_windows_cut_on_the_fly_are_those_of_the_whole_array_to_the_last_bit(normalise, indicators):
    train = Split(WINDOWS, RNG.normal(300, 9, (N, 4)), np.arange(N), N, series=np.zeros(N, int))
    scaling = fit_scaling(train, normalise=normalise, target=0, indicators=indicators)
    lazy, whole = inputs(scaling, WINDOWS), inputs(scaling, np.asarray(WINDOWS))
    assert isinstance(lazy, ScaledWindows)
    assert lazy.shape == whole.shape
    for one, other in zip(taken(lazy, 13), taken(whole, 13), strict=True):
        for a, b in zip(one, other, strict=True):
            np.testing.assert_array_equal(a, b)


def test_an_epoch_holds_every_sample_once_in_an_order_of_its_own():
    x = np.arange(N * 18.0).reshape(N, 6, 3)
    given = [batch[0] for batch in taken(x, 12)]
    first, second = np.concatenate(given[:6]), np.concatenate(given[6:])
    assert sorted(first[:, 0, 0]) == sorted(second[:, 0, 0]) == sorted(x[:, 0, 0])
    assert not np.array_equal(first, second)
