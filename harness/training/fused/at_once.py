"""A function of one network's tensors, computed for several networks at once."""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from harness.training.kernels.recurrence import Tensor

Function = Callable[[Sequence[Tensor]], Sequence[Tensor]]


def at_once(one: Function, tensors: Sequence[Tensor]) -> list[Tensor]:
    """Each result of `one` for all networks, [networks, ...].

    The gradient is that of `one`, computed for all at once: that of what `tf.vectorized_map` makes of a sum would be
    compiled anew at every call.

    Args:
        one: tensors of one network -> tensors; it may hold no loop.
        tensors: [networks, ...] each.
    """

    @tf.custom_gradient
    def results(*tensors: Tensor) -> tuple[Sequence[Tensor], Any]:
        found = tf.vectorized_map(lambda given: list(one(given)), list(tensors))

        def gradient(*by_results: Tensor) -> list[Tensor | None]:
            smooth = [by for by, result in zip(by_results, found, strict=True) if result.dtype.is_floating]
            slopes = iter(tf.vectorized_map(lambda given: _slopes(one, *given), (list(tensors), smooth)))
            return [next(slopes) if tensor.dtype.is_floating else None for tensor in tensors]

        return found, gradient

    return list(results(*tensors))


def _slopes(one: Function, tensors: Sequence[Tensor], by_results: Sequence[Tensor]) -> list[Tensor]:
    """The gradient by each tensor of floating point, of one network."""
    smooth: Any = [tensor for tensor in tensors if tensor.dtype.is_floating]
    with tf.GradientTape() as tape:
        tape.watch(smooth)
        found: Any = [result for result in one(tensors) if result.dtype.is_floating]
    slopes: Any = tape.gradient(found, smooth, list(by_results), tf.UnconnectedGradients.ZERO)
    return slopes
