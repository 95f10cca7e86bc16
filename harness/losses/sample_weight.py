"""Keras's own `fit(sample_weight=...)`, made exact for one weight an output."""

import keras
import numpy as np
from keras import ops

from harness.losses.formulas import Delta, Error
from harness.spec import Fittable


class SampleWeight:
    """Keras's own loss under Keras's sample_weight: the mean of w e^2 or w |e| or w huber(e).

    On an output of shape [batch, outputs] Keras averages the outputs away before it applies the weights. With output
    and target of shape [batch, outputs, 1] each output keeps its own weight, for shared and per-sample weights alike.

    Args:
        error: squared | absolute | huber, as Keras computes it.
        delta: where `huber` turns from a parabola into a straight line; the other errors have none.
    """

    def __init__(self, error: Error, delta: Delta):
        self.error, self.delta = error, delta

    def check(self, weights: np.ndarray, batch_size: int) -> None:
        """Every weight has its effect here."""

    def fittable(self, network: keras.Model, weights: np.ndarray) -> Fittable:
        """See `Fittable`."""
        outputs = network.outputs[0].shape[-1]
        losses = {
            "squared": keras.losses.MeanSquaredError(),
            "absolute": keras.losses.MeanAbsoluteError(),
            "huber": keras.losses.Huber(self.delta),
        }
        return Fittable(
            model=keras.Model(network.inputs[0], keras.layers.Reshape((outputs, 1))(network.outputs[0])),
            compile={"loss": losses[self.error]},
            batch=lambda x, y, w: (x, ops.expand_dims(y, -1), w * ops.ones_like(y)),
            weights=(),
        )
