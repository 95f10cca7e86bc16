"""What a network as it stands predicts, computed once for all."""

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
    """x [n, lookback, features] -> the network's predictions [n, outputs], whatever n.

    A network with a recurrent layer that trains by `recurrence` predicts by it, too, in half the time. Others are not
    compiled: XLA takes twice as long as TensorFlow for a loop of Keras's own. Nor is any where a GPU is seen: none was
    measured.

    Args:
        jit_compile: whether XLA may compile.
    """
    if jit_compile and any(is_fast(layer) for layer in network.layers) and not visible_gpus():
        return _compiled(network)
    call = tf.function(
        lambda x: network(x, training=False), input_signature=[tf.TensorSpec(network.inputs[0].shape, tf.float32)]
    )
    return lambda x: np.concatenate([call(x[i : i + PLAIN]).numpy() for i in range(0, len(x), PLAIN)])


def _compiled(network: keras.Model) -> Callable[[Scaled], np.ndarray]:
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

    return lambda x: np.concatenate([of(x[i : i + COMPILED]) for i in range(0, len(x), COMPILED)])
