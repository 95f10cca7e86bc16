"""One linear layer, on how far a window lies from its own last row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from annotated_types import Interval

from harness.errors import InputError
from harness.memory import BYTES_A_PARAMETER, check_memory

if TYPE_CHECKING:
    import keras


def nlinear(
    lookback: int, features: int, outputs: int, *, target: Annotated[int, Interval(ge=0, le=10_000_000)]
) -> keras.Model:
    """[batch, lookback, features] -> [batch, outputs]: y = last + W (x - last) + b.

    The last row of each window is subtracted from all of its rows, one linear layer maps all these differences to the
    outputs, and the target's own last value is added to each. Of one feature it is NLinear of A. Zeng et al.: Are
    transformers effective for time series forecasting?, AAAI 2023 (arXiv 2205.13504); further features enter that same
    layer.

    Args:
        lookback, features, outputs: the shape of the problem.
        target: the feature that holds the target's own history.

    Raises:
        InputError: no such feature, or more parameters than this machine's memory can train.
    """
    # TensorFlow is imported when a network is built, and not when its arguments are checked.
    import keras

    if target >= features:
        raise InputError("model.target", f"got {target}", f"Write a feature of x from 0 to {features - 1}")
    what = f"a linear layer from {lookback} x {features} numbers to {outputs}"
    size = lookback * features * outputs * BYTES_A_PARAMETER
    check_memory(size, what, "data.lookback", "Write a smaller data.lookback or data.outputs")
    inputs = keras.Input((lookback, features), name="history")
    last = keras.layers.Cropping1D((lookback - 1, 0), name="last_row")(inputs)
    differences = keras.layers.Flatten(name="differences")(keras.layers.Subtract(name="from_last_row")([inputs, last]))
    columns = keras.layers.Reshape((features, 1), name="last_row_as_column")(last)
    pick = keras.layers.Cropping1D((target, features - 1 - target), name="target_alone")
    value = keras.layers.Flatten(name="last_target")(pick(columns))
    # As in the published layer. Along directions in which the windows hardly vary, what training starts from stays.
    initial: Any = keras.initializers.VarianceScaling(1 / 3, mode="fan_in", distribution="uniform")
    forecast = keras.layers.Dense(outputs, kernel_initializer=initial, name="forecast")(differences)
    # In this order: Keras takes a second [batch, 1] for a bias [outputs] where batch and outputs are equal.
    return keras.Model(inputs, keras.layers.Add(name="onto_last_target")([value, forecast]), name="network")
