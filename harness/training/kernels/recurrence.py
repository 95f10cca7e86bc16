"""A cell over all steps, with a gradient written by hand: one product gives the gradient by all its weights.

TensorFlow's own gradient of a loop multiplies once a step for the gradient by the weights, and adds up. Here the
backward loop leaves each step's gradient by its products, and one product over all steps and samples follows it.
"""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from harness.training.kernels.cells import Cell, Tensor


def recurrence(cell: Cell, inputs: Tensor, packed: Tensor, states: Sequence[Tensor], whole: bool) -> Tensor:
    """The outputs of all steps [steps, batch, units], or the last one alone [batch, units].

    Args:
        cell: one step.
        inputs: [steps, batch, features + 1], how many steps being known; the last of each is a one.
        packed: see `Cell.pack`.
        states: [batch, units] each, before the first step.
        whole: whether all outputs are given.

    Several networks are computed at once where each array but for its steps has one more axis, the first, for them.
    A second gradient raises NotImplementedError.
    """

    @tf.custom_gradient
    def outputs(inputs: Tensor, packed: Tensor, *states: Tensor) -> tuple[Tensor, Any]:
        last, rows, by_products, left = _forward(cell, inputs, packed, states)
        units = last.shape[-1]

        def gradient(by_outputs: Tensor) -> tuple[Tensor, ...]:
            by_each, by_states = _backward(cell, packed[..., :units, :], by_products, left, states, by_outputs, whole)
            by_inputs = tf.matmul(by_each, packed[..., units:, :], transpose_b=True)
            by_packed = tf.matmul(_flat(rows), _flat(by_each), transpose_a=True)
            return _once(by_inputs, by_packed, *by_states)

        return tf.concat([rows[1:, ..., :units], last[None]], axis=0) if whole else last, gradient

    return outputs(inputs, packed, *states)


def _forward(
    cell: Cell, inputs: Tensor, packed: Tensor, states: Sequence[Tensor]
) -> tuple[Tensor, Tensor, Tensor, list[Tensor]]:
    """(the last output, the rows that `packed` multiplies, what each step leaves: see `Cell`), [steps, batch, ...]."""
    many, kept = len(states), 2 + cell.left

    def step(t: Any, *carried: Any) -> tuple:
        now, arrays = carried[:many], carried[many:]
        # As a row of one product: no array holds the projections of all steps, which would be the largest of all.
        row = tf.concat([now[0], inputs[t]], axis=-1)
        after, by_products, left = cell.forward(tf.matmul(row, packed), now)
        values = [row, by_products, *left]
        return t + 1, *after, *(array.write(t, value) for array, value in zip(arrays, values, strict=True))

    steps = inputs.shape[0]
    start = (0, *states, *(_array(inputs) for _ in range(kept)))
    end = tf.while_loop(lambda t, *_: t < steps, step, start, maximum_iterations=steps)
    rows, by_products, *left = (array.stack() for array in end[-kept:])
    return end[1], rows, by_products, left


def _backward(
    cell: Cell,
    recurrent: Tensor,
    by_products: Tensor,
    left: Sequence[Tensor],
    states: Sequence[Tensor],
    by_outputs: Tensor,
    whole: bool,
) -> tuple[Tensor, Sequence[Tensor]]:
    """(gradient by the products of each step [steps, batch, gates units], gradients by the first states)."""
    transposed = tf.linalg.matrix_transpose(recurrent)

    def step(t: Any, array: Any, *by_states: Tensor) -> tuple:
        by_h = by_states[0] + by_outputs[t] if whole else by_states[0]
        by_each, by_before = cell.backward([by_h, *by_states[1:]], array.read(t), [each[t] for each in left])
        by_before = [by_before[0] + tf.matmul(by_each, transposed), *by_before[1:]]
        return t - 1, array.write(t, by_each), *by_before

    steps = by_products.shape[0]
    by_states = [tf.zeros_like(state) for state in states]
    if not whole:
        by_states[0] = by_outputs
    # What a step has read, it overwrites with its own: an array beside it would have to be filled first.
    start = (steps - 1, _array(by_products).unstack(by_products), *by_states)
    _, array, *by_first = tf.while_loop(lambda t, *_: t >= 0, step, start, maximum_iterations=steps)
    return array.stack(), by_first


def _array(like: Tensor) -> tf.TensorArray:
    """One place for each step of another tensor [steps, ...]."""
    return tf.TensorArray(like.dtype, like.shape[0], dynamic_size=False, clear_after_read=False)


def _flat(steps: Tensor) -> Tensor:
    """[steps, batch, n] -> [steps batch, n], of each network its own."""
    if len(steps.shape) == 3:
        return tf.reshape(steps, (-1, steps.shape[-1]))
    return tf.reshape(tf.transpose(steps, (1, 0, 2, 3)), (steps.shape[1], -1, steps.shape[-1]))


@tf.custom_gradient
def _once(*gradients: Tensor) -> tuple[tuple[Tensor, ...], Any]:
    """The same, without a gradient of their own."""

    def refuse(*_: Tensor) -> None:
        raise NotImplementedError("the fast recurrence has no second gradient: write model.kernel=keras")

    return tuple(tf.identity(each) for each in gradients), refuse
