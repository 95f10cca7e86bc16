"""The predictions of a network, as it stands whenever it is asked."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from harness.data.scaling import Scaled
from harness.processes.gpus import visible_gpus
from harness.training.kernels.cells import Tensor
from harness.training.kernels.fast import fast_forecasts, is_fast

# Samples at a time: as XLA compiles them, and as TensorFlow computes them.
COMPILED, PLAIN = 256, 1024


def predictor(network: keras.Model, jit_compile: bool) -> Callable[[Scaled], np.ndarray]:
    """x [n, lookback, features] -> the network's predictions [n, outputs] as it stands, whatever n.

    A network with a recurrent layer that trains by `recurrence` predicts by it too, compiled by XLA, in about .6 of the
    time. No other is compiled: XLA takes twice as long as TensorFlow for a loop of Keras's own. Where a GPU is seen
    none is compiled, as no GPU was measured.

    Args:
        jit_compile: whether XLA may compile.
    """
    fast = jit_compile and any(is_fast(layer) for layer in network.layers) and not visible_gpus()
    of, samples = (_compiled(network), COMPILED) if fast else (_plain(network), PLAIN)
    return lambda x: np.concatenate([of(x[i : i + samples]) for i in range(0, len(x), samples)])


def _plain(network: keras.Model) -> Callable[[np.ndarray], np.ndarray]:
    call = tf.function(
        lambda x: network(x, training=False), input_signature=[tf.TensorSpec(network.inputs[0].shape, tf.float32)]
    )
    return lambda x: call(x).numpy()


def _compiled(network: keras.Model) -> Callable[[np.ndarray], np.ndarray]:
    """Of at most COMPILED samples."""
    shape = (COMPILED, *network.inputs[0].shape[1:])

    @tf.function(input_signature=[tf.TensorSpec(shape, tf.float32)], jit_compile=True)
    def call(x: Tensor) -> Tensor:
        with fast_forecasts():
            return network(x, training=False)

    def of(x: np.ndarray) -> np.ndarray:
        # One shape, so that one program serves every n.
        whole = np.zeros(shape, np.float32)
        whole[: len(x)] = x
        return call(whole).numpy()[: len(x)]

    return of
