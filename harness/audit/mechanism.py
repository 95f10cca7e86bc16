"""The objective of a loss variant as Keras computes it, by the variant's own `fittable`."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from harness.spec import LossVariant


def mechanism(
    loss: LossVariant, weights: np.ndarray
) -> Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[float, np.ndarray]]:
    """(y_true [b, outputs], y_pred [b, outputs], rows [b]) -> (the loss, its gradient by y_pred [b, outputs]).

    The variant wraps, compiles and feeds a network that outputs its input, as it does with any network in training;
    `model.compute_loss` is what `fit` minimises. In float32, without a compiled step, so that many outputs cost little.

    Args:
        loss: the variant; its `check` is not called here.
        weights: as fitted, [outputs] or [n, outputs]; rows are places in n.
    """
    outputs = weights.shape[-1]
    inputs = keras.Input((outputs, 1))
    fittable = loss.fittable(keras.Model(inputs, keras.layers.Reshape((outputs,))(inputs)), weights)
    fittable.model.compile(**fittable.compile)

    def objective(y_true, y_pred, rows):
        true, pred = tf.constant(y_true, tf.float32), tf.constant(y_pred, tf.float32)
        given = tf.constant(weights if weights.ndim == 1 else weights[rows], tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(pred)
            batch = fittable.batch(pred[:, :, None], true, given)
            x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(batch)
            predicted = fittable.model(x, training=True)
            value = fittable.model.compute_loss(x=x, y=y, y_pred=predicted, sample_weight=sample_weight, training=True)
        gradient = tape.gradient(value, pred, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        return float(value), np.asarray(gradient, np.float64)

    return objective
