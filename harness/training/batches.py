"""The batches of each epoch, in an order that the seed and the epoch alone decide."""

import numpy as np
import tensorflow as tf

from harness.spec import Fittable

# x [n, lookback, features], y [n, outputs], both scaled, and weights [outputs] or [n, outputs].
Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]


def batches(fittable: Fittable, arrays: Arrays, batch_size: int, seed: int, first: int) -> tf.data.Dataset:
    """Batches of epoch `first`, the next, and so on without end, as the loss variant wants them."""
    stateless_shuffle = tf.random.experimental.stateless_shuffle  # pyright: ignore[reportAttributeAccessIssue]
    x, y, w = (tf.constant(a, tf.float32) for a in arrays)
    shared = w.shape.rank == 1

    def epoch(number: tf.Tensor) -> tf.data.Dataset:
        order = stateless_shuffle(tf.range(len(x)), seed=(seed, number))
        return tf.data.Dataset.from_tensor_slices(order).batch(batch_size)

    def batch(i: tf.Tensor) -> tuple:
        return fittable.batch(tf.gather(x, i), tf.gather(y, i), w if shared else tf.gather(w, i))

    epochs = tf.data.Dataset.counter(start=first, dtype=tf.int64)
    return epochs.flat_map(epoch).map(batch).prefetch(2)
