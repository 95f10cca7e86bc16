"""Two linear layers, on the moving average of a window and on what is left of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from annotated_types import Interval

from harness.errors import InputError
from harness.memory import BYTES_A_PARAMETER, check_memory

if TYPE_CHECKING:
    import keras


def dlinear(
    lookback: int, features: int, outputs: int, *, width: Annotated[int, Interval(ge=1, le=10_001)]
) -> keras.Model:
    """[batch, lookback, features] -> [batch, outputs]: y = W1 m + b1 + W2 (x - m) + b2.

    m is the moving average of x over `width` rows, centred; beyond its ends a window goes on with its first and its
    last row. Of one feature it is DLinear of A. Zeng et al.: Are transformers effective for time series forecasting?,
    AAAI 2023 (arXiv 2205.13504), which takes 25 rows; further features enter the same two layers.

    Args:
        lookback, features, outputs: the shape of the problem.
        width: rows, an odd number.

    Raises:
        InputError: an even width, or more parameters than this machine's memory can train.
    """
    # TensorFlow is imported when a network is built, and not when its arguments are checked.
    import keras

    if width % 2 == 0:
        raise InputError(
            "model.width", f"got {width}", f"Write an odd number, such as {width + 1}: it has a middle row"
        )
    what = f"two linear layers from {lookback} x {features} numbers to {outputs}"
    size = 2 * lookback * features * outputs * BYTES_A_PARAMETER
    check_memory(size, what, "data.lookback", "Write a smaller data.lookback or data.outputs")
    inputs = keras.Input((lookback, features), name="history")
    rows = inputs
    if width > 1:
        # [first, ..., first, x, last, ..., last]
        first = keras.layers.Cropping1D((0, lookback - 1), name="first_row")(inputs)
        last = keras.layers.Cropping1D((lookback - 1, 0), name="last_row")(inputs)
        before = keras.layers.UpSampling1D(width // 2, name="rows_before")(first)
        after = keras.layers.UpSampling1D(width // 2, name="rows_after")(last)
        rows = keras.layers.Concatenate(axis=1, name="with_edges")([before, inputs, after])
    average = keras.layers.AveragePooling1D(width, strides=1, name="moving_average")(rows)
    left = keras.layers.Subtract(name="remainder")([inputs, average])
    # As in the published layers; see `nlinear`.
    initial: Any = partial(keras.initializers.VarianceScaling, 1 / 3, mode="fan_in", distribution="uniform")
    parts = (
        keras.layers.Dense(outputs, kernel_initializer=initial(), name=f"forecast_of_{name}")(
            keras.layers.Flatten(name=f"{name}_in_a_row")(part)
        )
        for name, part in (("average", average), ("remainder", left))
    )
    return keras.Model(inputs, keras.layers.Add(name="forecast")(list(parts)), name="network")
