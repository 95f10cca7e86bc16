"""Keras's own `fit(sample_weight=...)`, made exact for one weight an output."""

import keras
import numpy as np
from keras import ops

from harness.spec import Fittable


class SampleWeight:
    """Mean squared error under Keras's sample_weight: the mean over samples and outputs of w e^2.

    On an output of shape [batch, outputs] Keras averages the outputs away before it applies the weights. With output
    and target of shape [batch, outputs, 1] each output keeps its own weight, for shared and per-sample weights alike.
    """

    def check(self, weights: np.ndarray, batch_size: int) -> None:
        """Every weight has its effect here."""

    def fittable(self, network: keras.Model, weights: np.ndarray) -> Fittable:
        """See `Fittable`."""
        outputs = network.outputs[0].shape[-1]
        return Fittable(
            model=keras.Model(network.inputs[0], keras.layers.Reshape((outputs, 1))(network.outputs[0])),
            compile={"loss": keras.losses.MeanSquaredError()},
            batch=lambda x, y, w: (x, ops.expand_dims(y, -1), w * ops.ones_like(y)),
            weights=(),
        )
