"""The batches of each epoch, in an order that the seed and the epoch alone decide."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from harness.data.scaling import Scaled, ScaledWindows, from_last
from harness.spec import Fittable

# x [n, lookback, features], y [n, outputs], both scaled, and weights [outputs] or [n, outputs].
Arrays = tuple[Scaled, np.ndarray, np.ndarray]


def batches(fittable: Fittable, arrays: Arrays, batch_size: int, seed: int, first: int) -> tf.data.Dataset:
    """Batches of epoch `first`, the next, and so on without end, as the loss variant wants them."""
    history = histories(arrays[0])
    y, w = (tf.constant(a, tf.float32) for a in arrays[1:])
    shared, n = w.shape.rank == 1, len(arrays[0])

    def epoch(number: tf.Tensor) -> tf.data.Dataset:
        return tf.data.Dataset.from_tensor_slices(order(n, seed, number)).batch(batch_size)

    def batch(i: tf.Tensor) -> tuple:
        return fittable.batch(history(i), tf.gather(y, i), w if shared else tf.gather(w, i))

    epochs = tf.data.Dataset.counter(start=first, dtype=tf.int64)
    options = tf.data.Options()
    # Nothing is left to tune, and the thread that does so keeps the end of a training waiting.
    options.autotune.enabled = False
    return epochs.flat_map(epoch).map(batch).with_options(options)


def order(samples: int, seed: int, epoch: tf.Tensor | int) -> tf.Tensor:
    """The samples [n] of an epoch in the order of its batches."""
    stateless_shuffle = tf.random.experimental.stateless_shuffle  # pyright: ignore[reportAttributeAccessIssue]
    return stateless_shuffle(tf.range(samples), seed=(seed, tf.cast(epoch, tf.int64)))


def histories(x: Scaled) -> Callable[[tf.Tensor], tf.Tensor]:
    """Samples [b] -> what the network sees of them, [b, lookback, features]."""
    if not isinstance(x, ScaledWindows):
        whole = tf.constant(x, tf.float32)
        return lambda i: tf.gather(whole, i)
    # The operations of `scaling.inputs` in its precision, for its bits.
    rows, starts = tf.constant(x.windows.rows, tf.float64), tf.constant(x.windows.starts, tf.int64)
    shift, scale = tf.constant(x.scaling.x_shift, tf.float64), tf.constant(x.scaling.x_scale, tf.float64)
    taken, steps = tf.constant(from_last(x.scaling), tf.float64), tf.range(x.windows.length, dtype=tf.int64)

    def histories(i: tf.Tensor) -> tf.Tensor:
        own = tf.gather(rows, tf.gather(starts, i)[:, tf.newaxis] + steps)
        by = own[:, -1:, :] * taken if x.scaling.last_value else shift
        return tf.cast((own - by) / scale, tf.float32)

    return histories
