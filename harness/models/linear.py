"""One linear layer whose coefficients are worked out, and not trained."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from harness.data.chunks import slices
from harness.data.scaling import inputs
from harness.data.scaling import targets as scaled_targets
from harness.memory import BYTES_A_PARAMETER, check_memory
from harness.spec import Dataset

if TYPE_CHECKING:
    import keras


def linear(lookback: int, features: int, outputs: int) -> keras.Model:
    """[batch, lookback, features] -> [batch, outputs]: y = W x + b.

    Raises:
        InputError: more parameters than this machine's memory can hold.
    """
    # TensorFlow is imported when a network is built, and not when its arguments are checked.
    import keras

    what = f"a linear layer from {lookback} x {features} numbers to {outputs}"
    size = lookback * features * outputs * BYTES_A_PARAMETER
    check_memory(size, what, "data.lookback", "Write a smaller data.lookback or data.outputs")
    history = keras.Input((lookback, features), name="history")
    row = keras.layers.Flatten(name="in_a_row")(history)
    return keras.Model(history, keras.layers.Dense(outputs, name="forecast")(row), name="network")


def differences(data: Dataset) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
    """(which train samples, d [n, lookback * features], t [n, outputs]), some samples at a time, in their order.

    d is how far each value lies from its window's last row, t how far each target lies from the target's last value,
    both divided by their scale; indicators are left as they are. Where x does not hold the target's history, both are
    what the network sees.
    """
    train, scaling = data.train, data.scaling
    for at in slices(len(train.y)):
        x = train.x[at]
        d, t = inputs(scaling, x).astype(np.float64), scaled_targets(scaling, x, train.y[at]).astype(np.float64)
        if scaling.target is not None and not scaling.last_value:
            last = x[:, -1:, scaling.target]
            t = (train.y[at] - last) / scaling.y_scale
            own = d.shape[2] - scaling.indicators
            d[:, :, :own] -= d[:, -1:, :own]
        yield at, d.reshape(len(d), -1), t


def set_coefficients(network: keras.Model, data: Dataset, kernel: np.ndarray, bias: np.ndarray) -> None:
    """Gives the network of `linear` the coefficients of t = d W + b, see `differences`.

    kernel: W, [lookback * features, outputs]; bias: b, [outputs].
    """
    scaling = data.scaling
    _, lookback, features = network.inputs[0].shape
    if scaling.target is not None and not scaling.last_value:
        # What is subtracted from each row and added to the forecast is the last row, which the network sees as well.
        own = np.arange(features) < features - scaling.indicators
        by_row = kernel.reshape(lookback, features, -1).copy()
        by_row[-1, own] -= by_row[:, own].sum(axis=0)
        by_row[-1, scaling.target] += scaling.x_scale[scaling.target] / scaling.y_scale
        kernel = by_row.reshape(kernel.shape)
        bias = bias + (scaling.x_shift[scaling.target] - scaling.y_shift) / scaling.y_scale
    network.get_layer("forecast").set_weights([kernel, bias])
