"""The export of a trained network: it reads and predicts in the data's own units, with Keras's own layers alone."""

from typing import Any

import keras
import numpy as np

from harness.data.chunks import chunks
from harness.data.scaling import from_last
from harness.spec import Histories, Scaling

# What the exported model reads, computes with beside the trained network, and gives.
EDGE = "float64"
# The share of the forecast error by which rounding may move a history, root mean square.
COARSE = 0.01


def export_network(network: keras.Model, scaling: Scaling) -> keras.Model:
    """The model that is kept: [batch, lookback, features] -> [batch, outputs], both in the data's own units.

    It reloads with plain Keras: it needs no weights, no targets and no code of this project. It computes in float64 but
    for the trained network itself, so that a level far above the errors costs no digits. Keras's `predict` rounds what
    it is given to float32 before any model sees it, whatever its input is: where `coarseness` says so, call the model
    itself, `model(x)`.

    Args:
        network: what was trained, on scaled inputs and targets; its variables are shared, not copied.
        scaling: what it was trained under.
    """
    lookback, features = network.inputs[0].shape[1:]
    history = keras.Input((lookback, features), name="history", dtype=EDGE)
    if not scaling.last_value:
        return keras.Model(history, _forecast(network, scaling, history), name="forecaster")
    last = keras.layers.Cropping1D((lookback - 1, 0), name="last_row", dtype=EDGE)(history)
    # Indicators are not measured from their last row.
    taken = _affine(from_last(scaling), 0.0, "last_row_but_indicators")(last) if scaling.indicators else last
    shifted = keras.layers.Subtract(name="from_last_row", dtype=EDGE)([history, taken])
    forecast = _forecast(network, scaling, shifted)
    # No Dense layer picks the column: on a GPU its product may round to ten bits.
    columns = keras.layers.Reshape((features, 1), name="last_row_as_column", dtype=EDGE)(last)
    pick = keras.layers.Cropping1D((scaling.target, features - 1 - scaling.target), name="target_alone", dtype=EDGE)
    value = keras.layers.Flatten(name="last_target", dtype=EDGE)(pick(columns))
    # In this order: Keras takes a second [batch, 1] for a bias [outputs] where batch and outputs are equal.
    forecast = keras.layers.Add(name="onto_last_target", dtype=EDGE)([value, forecast])
    return keras.Model(history, forecast, name="forecaster")


def _forecast(network: keras.Model, scaling: Scaling, shifted: Any) -> Any:
    """What the network predicts of a history, in the data's units but for the shift by each window's last row."""
    scale = _affine(1 / scaling.x_scale, -scaling.x_shift / scaling.x_scale, "scale_history")
    return _affine(scaling.y_scale, scaling.y_shift, "unscale_forecast")(network(scale(shifted)))


def _affine(scale: Any, offset: Any, name: str) -> keras.layers.Layer:
    # As arrays: Keras makes float32 of numbers and lists, whatever the dtype of the layer, also of saved ones.
    arrays: Any = np.array(scale, np.float64, ndmin=1), np.array(offset, np.float64, ndmin=1)
    return keras.layers.Rescaling(*arrays, name=name, dtype=EDGE)


def coarseness(histories: Histories, error: float) -> str:
    """A sentence where float32 is too coarse to read these histories: "" where it is not.

    Keras's `predict`, and MLflow and servers through it, round what they are given to float32. Where that moves a
    history by more than COARSE of the forecast error, forecasts through it are worse than the metrics say.

    Args:
        histories: [n, lookback, features], in the data's own units.
        error: the RMSE of the forecasts, in the unit of the target.
    """
    largest = max(float(np.abs(part).max()) for part in chunks(histories))
    step = float(np.spacing(np.float32(largest)))
    if step / np.sqrt(12) <= COARSE * error:
        return ""
    return (
        f"Keras's predict rounds histories to float32, here in steps of {step:.2g}, and the RMSE is {error:.2g}: call "
        "the kept network itself, model(x), with x in float64, or subtract a constant level from the data"
    )
