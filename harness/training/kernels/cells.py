"""Keras's recurrent cells, written so that a gradient needs two products a step and nothing that costs more.

What enters a step stands in one row, the last output h, the inputs x and a one, and is multiplied by one packed matrix:
p = [h, x, 1] @ packed. Within a step a gradient is linear in the gradients by the states after it, with coefficients
that the forward step knows: it leaves them, and the backward step multiplies by them.

A sigmoid is computed as (tanh(z / 2) + 1) / 2, the half being packed into the matrix, so that the gates share one tanh.
"""

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
import tensorflow as tf

# TensorFlow's own type takes every length for unknown, and every gradient by hand for a part of the value.
Tensor: TypeAlias = Any
Tensors: TypeAlias = Sequence[Tensor]


class Cell(Protocol):
    """One step of a layer; the first of its states is its output.

    left: how many tensors [batch, units] a step leaves beside `by_products`.
    """

    left: int

    def pack(self, kernel: Tensor, recurrent: Tensor, bias: Tensor) -> Tensor:
        """[units + features + 1, gates units], of the variables of Keras's cell of that name."""
        ...

    def forward(self, products: Tensor, states: Tensors) -> tuple[Tensors, Tensor, Tensors]:
        """(states after the step, by_products, what else the backward step needs).

        Args:
            products: [batch, gates units], the p of this step.
            states: [batch, units] each, before the step.

        `by_products` [batch, gates units] is what `backward` multiplies to give the gradient by the products.
        """
        ...

    def backward(self, by_states: Tensors, by_products: Tensor, left: Tensors) -> tuple[Tensor, Tensors]:
        """(gradient by the products, gradients by the states before the step but for that through the products).

        Args:
            by_states: [batch, units] each, the gradients by the states after the step.
            by_products, left: as `forward` has left them.
        """
        ...


class LSTM:
    """i, f, o = sigmoid and g = tanh of their gates; c' = f c + i g; h' = o tanh(c')."""

    left = 2

    def pack(self, kernel: Tensor, recurrent: Tensor, bias: Tensor) -> Tensor:
        """See `Cell`; the gates are i, f, g, o."""
        return tf.concat([recurrent, kernel, bias[..., None, :]], axis=-2) * _of_gates(
            [0.5, 0.5, 1, 0.5], recurrent.shape[-2]
        )

    def forward(self, products: Tensor, states: Tensors) -> tuple[Tensors, Tensor, Tensors]:
        """See `Cell`; the states are h, c."""
        c, units = states[1], states[1].shape[-1]
        half = _of_gates([0.5, 0.5, 1, 0.5], units)
        squashed = tf.tanh(products)
        i, f, g, o = tf.split(squashed * half + _of_gates([0.5, 0.5, 0, 0.5], units), 4, axis=-1)
        after = f * c + i * g
        output = tf.tanh(after)
        # A concatenation is fast where nothing is computed within it.
        by_products = (half - half * squashed * squashed) * tf.concat([g, c, i, output], axis=-1)
        return [o * output, after], by_products, [f, o * (1 - output * output)]

    def backward(self, by_states: Tensors, by_products: Tensor, left: Tensors) -> tuple[Tensor, Tensors]:
        """See `Cell`."""
        by_h, (forget, by_output) = by_states[0], left
        by_c = by_states[1] + by_h * by_output
        return tf.concat([by_c, by_c, by_c, by_h], axis=-1) * by_products, [tf.zeros_like(by_h), by_c * forget]


class GRU:
    """z, r = sigmoid of their gates; n = tanh(x_n + r h_n); h' = z h + (1 - z) n: Keras's reset_after.

    h_n and x_n, the parts of one gate that h and x give, are two gates here, whose matrices are zero for x and for h.
    """

    left = 1

    def pack(self, kernel: Tensor, recurrent: Tensor, bias: Tensor) -> Tensor:
        """See `Cell`; the gates are z, r, h_n, x_n."""
        units = recurrent.shape[-2]
        x_z_r, x_n = _at(kernel, 2 * units)
        h_z_r, h_n = _at(recurrent, 2 * units)
        b_z_r, b_n = _at(bias, 2 * units)
        return tf.concat(
            [
                tf.concat([h_z_r * 0.5, h_n, tf.zeros_like(h_n)], axis=-1),
                tf.concat([x_z_r * 0.5, tf.zeros_like(x_n), x_n], axis=-1),
                # The first row of the biases is that of the inputs.
                tf.concat([(b_z_r[..., :1, :] + b_z_r[..., 1:, :]) * 0.5, b_n[..., 1:, :], b_n[..., :1, :]], axis=-1),
            ],
            axis=-2,
        )

    def forward(self, products: Tensor, states: Tensors) -> tuple[Tensors, Tensor, Tensors]:
        """See `Cell`; the only state is h."""
        h, units = states[0], states[0].shape[-1]
        z_r, h_n, x_n = tf.split(products, [2 * units, units, units], axis=-1)
        z, r = tf.split(tf.tanh(z_r) * 0.5 + 0.5, 2, axis=-1)
        n = tf.tanh(x_n + r * h_n)
        by_x = (1 - z) * (1 - n * n)
        by_h = by_x * r
        by_products = tf.concat([2 * (h - n) * (z - z * z), 2 * h_n * (by_h - by_h * r), by_h, by_x], axis=-1)
        return [n + z * (h - n)], by_products, [z]

    def backward(self, by_states: Tensors, by_products: Tensor, left: Tensors) -> tuple[Tensor, Tensors]:
        """See `Cell`."""
        by_h = by_states[0]
        return tf.concat([by_h] * 4, axis=-1) * by_products, [by_h * left[0]]


class SimpleRNN:
    """h' = tanh of its only gate."""

    left = 0

    def pack(self, kernel: Tensor, recurrent: Tensor, bias: Tensor) -> Tensor:
        """See `Cell`."""
        return tf.concat([recurrent, kernel, bias[..., None, :]], axis=-2)

    def forward(self, products: Tensor, states: Tensors) -> tuple[Tensors, Tensor, Tensors]:
        """See `Cell`; the only state is h."""
        after = tf.tanh(products)
        return [after], 1 - after * after, []

    def backward(self, by_states: Tensors, by_products: Tensor, left: Tensors) -> tuple[Tensor, Tensors]:
        """See `Cell`."""
        return by_states[0] * by_products, [tf.zeros_like(by_states[0])]


def _of_gates(values: Sequence[float], units: int) -> np.ndarray:
    """[gates units], one value a gate."""
    return np.repeat(np.array(values, np.float32), units)


def _at(matrix: Tensor, column: int) -> tuple[Tensor, Tensor]:
    return matrix[..., :column], matrix[..., column:]
