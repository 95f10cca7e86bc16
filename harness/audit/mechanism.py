"""The objective of a loss variant as Keras computes it, by the variant's own `fittable`."""

import zlib
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from harness.spec import LossVariant

# How far the variables that a loss owns are moved from batch to batch.
SPREAD = 0.5


def mechanism(
    loss: LossVariant, weights: np.ndarray
) -> Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[float, np.ndarray]]:
    """(y_true [b, outputs], y_pred [b, outputs], rows [b]) -> (the loss, its gradient by y_pred [b, outputs]).

    The variant wraps, compiles and feeds a network that outputs its input, as it does with any network in training;
    `model.compute_loss` is what `fit` minimises. In float32, without a compiled step, so that many outputs cost little.
    Variables that the loss owns have other values on every batch, the same on one batch whatever came before: training
    moves them, so that a loss with a trained weighting is no other one, though it may start as one.

    Args:
        loss: the variant; its `check` is not called here.
        weights: as fitted, [outputs] or [n, outputs]; rows are places in n.
    """
    outputs = weights.shape[-1]
    inputs = keras.Input((outputs, 1))
    fittable = loss.fittable(keras.Model(inputs, keras.layers.Reshape((outputs,))(inputs)), weights)
    fittable.model.compile(**fittable.compile)

    start = {name: variable.numpy() for name, variable in fittable.owned.items()}

    def objective(y_true: np.ndarray, y_pred: np.ndarray, rows: np.ndarray) -> tuple[float, np.ndarray]:
        rng = np.random.default_rng(zlib.crc32(np.asarray(y_pred, np.float32).tobytes()))
        for name, variable in fittable.owned.items():
            variable.assign(start[name] + rng.normal(0, SPREAD, start[name].shape))
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
