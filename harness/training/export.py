"""The export of a trained network: it reads and predicts in the data's own units, with Keras's own layers alone."""

from typing import Any

import keras
import numpy as np

from harness.spec import Scaling


def export_network(network: keras.Model, scaling: Scaling) -> keras.Model:
    """The model that is kept: [batch, lookback, features] -> [batch, outputs], both in the data's own units.

    It reloads with plain Keras: it needs no weights, no targets and no code of this project.

    Args:
        network: what was trained, on scaled inputs and targets; its variables are shared, not copied.
        scaling: what it was trained under.
    """
    lookback, features = network.inputs[0].shape[1:]
    history = keras.Input((lookback, features), name="history")
    scaled = history
    if scaling.last_value:
        last = keras.layers.Cropping1D((lookback - 1, 0), name="last_row")(history)
        scaled = keras.layers.Subtract(name="from_last_row")([history, last])
    scaled = _affine(1 / scaling.x_scale, -scaling.x_shift / scaling.x_scale, "scale_history")(scaled)
    forecast = _affine(scaling.y_scale, scaling.y_shift, "unscale_forecast")(network(scaled))
    if scaling.last_value:
        # No Dense layer picks the column: on a GPU its product may round to ten bits.
        columns = keras.layers.Reshape((features, 1), name="last_row_as_column")(last)
        crop = (scaling.target, features - 1 - scaling.target)
        value = keras.layers.Flatten(name="last_target")(keras.layers.Cropping1D(crop, name="target_alone")(columns))
        # In this order: Keras takes a second [batch, 1] for a bias [outputs] where batch and outputs are equal.
        forecast = keras.layers.Add(name="onto_last_target")([value, forecast])
    return keras.Model(history, forecast, name="forecaster")


def _affine(scale: Any, offset: Any, name: str) -> keras.layers.Layer:
    return keras.layers.Rescaling(np.asarray(scale).tolist(), np.asarray(offset).tolist(), name=name)
