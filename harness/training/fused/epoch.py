"""One epoch of several trainings of one program, as one compiled function."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from harness.data.scaling import Scaled
from harness.training.batches import Arrays, histories
from harness.training.fused.at_once import at_once
from harness.training.fused.networks import Values, outputs, values_of
from harness.training.fused.optimizer import pure
from harness.training.kernels.recurrence import Tensor
from harness.training.named_alike import named_alike
from harness.training.program import Program
from harness.training.settings import Training

# Samples of all networks that are forecast at once, at most.
AT_ONCE = 4096
# Of the orders and the weights.
KINDS = tf.int32, tf.float32


class Epochs:
    """What is compiled for so many trainings of one program on one data set.

    Args:
        program: one of them.
        arrays: x and y are those of all; the weights, [outputs] or [n, outputs], only tell which of the two.
        training: how to train.
        size: how many trainings it is compiled for.
    """

    def __init__(self, program: Program, arrays: Arrays, training: Training, size: int):
        self._program, self._batch_size, self.size = program, training.batch_size, size
        self._samples, self._shared = len(arrays[0]), arrays[2].ndim == 1
        self._histories, self._y = histories(arrays[0]), tf.constant(arrays[1], tf.float32)
        self._optimizer = pure(program.model.optimizer, program.model.trainable_variables)
        epoch = tf.function(self._all_steps, jit_compile=training.jit_compile, autograph=False)
        stacked = [tf.TensorSpec((size, *variable.shape), variable.dtype) for variable in _all(program)]
        shapes = (self._samples,), arrays[2].shape
        given = (tf.TensorSpec((size, *shape), kind) for shape, kind in zip(shapes, KINDS, strict=True))
        with named_alike(program.key and f"{size} of {program.key}"):
            self._epoch: Any = epoch.get_concrete_function(stacked, *given)
        self._forecast = tf.function(self._network, reduce_retracing=True, autograph=False)

    def train(self, programs: Sequence[Program], weights: Sequence[np.ndarray], orders: Sequence[np.ndarray]) -> list:
        """Trains each program for an epoch: its variables have their new values, and its loss is given, a float.

        Args:
            programs: of one structure, at most `size`; weights: of each; orders: of each, its samples [n] in the order
                of its batches.
        """
        stacked = _stacked([_all(program) for program in self._filled(programs)])
        given = (np.stack(self._filled(each)) for each in (orders, weights))
        left, losses = self._epoch(stacked, *(tf.constant(each, kind) for each, kind in zip(given, KINDS, strict=True)))
        changed = [values.numpy() for values in left]
        for place, program in enumerate(programs):
            for variable, values in zip(_changing(program), changed, strict=False):
                variable.assign(values[place])
        return [float(loss) for loss in losses.numpy()[: len(programs)]]

    def forecast(self, programs: Sequence[Program], x: Scaled) -> list[np.ndarray]:
        """The predictions [n, outputs] of each network for scaled x [n, lookback, features]."""
        stacked = _stacked([program.network.variables for program in self._filled(programs)])
        step = max(1, AT_ONCE // self.size)
        parts = [self._forecast(stacked, x[i : i + step]).numpy() for i in range(0, len(x), step)]
        return list(np.concatenate(parts, axis=1)[: len(programs)])

    def _filled(self, given: Sequence[Any]) -> list[Any]:
        """As many as was compiled for: the last one again and again, for nothing."""
        return [*given, *[given[-1]] * (self.size - len(given))]

    def _network(self, stacked: Sequence[Tensor], x: Tensor) -> Tensor:
        network = self._program.network
        x = tf.cast(x, tf.float32)
        each = tf.broadcast_to(x, (stacked[0].shape[0], *tf.unstack(tf.shape(x))))
        each = tf.ensure_shape(each, (stacked[0].shape[0], *network.inputs[0].shape))
        return outputs(network, [each], values_of(network.variables, stacked), training=False)[0]

    def _all_steps(self, stacked: list[Tensor], orders: Tensor, weights: Tensor) -> tuple[list[Tensor], Tensor]:
        """(the values after an epoch, the mean over samples of each loss as Keras adds it up)."""
        size, whole = self._batch_size, self._samples // self._batch_size
        many = orders.shape[0]
        zero = tf.zeros(many)

        def body(step: Tensor, total: Tensor, *values: Tensor) -> tuple:
            index = tf.slice(orders, (0, step * size), (many, size))
            after, loss = self._step(list(values), index, weights)
            return step + 1, total + loss * size, *after

        _, total, *values = tf.while_loop(lambda step, *_: step < whole, body, (0, zero, *stacked))
        rest = self._samples - whole * size
        if rest:
            values, loss = self._step(values, orders[:, whole * size :], weights)
            total += loss * rest
        return values, total / self._samples

    def _step(self, values: list[Tensor], index: Tensor, weights: Tensor) -> tuple[list[Tensor], Tensor]:
        model, program = self._program.model, self._program
        by_id: Values = values_of(_all(program), values)
        x, y, sample_weight = self._batch(index, weights)
        trained = [by_id[id(variable)] for variable in model.trainable_variables]
        with tf.GradientTape() as tape:
            tape.watch(trained)
            predicted, added = outputs(model, keras.tree.flatten(x), by_id, training=True)
            loss = self._losses(by_id, x, y, predicted, sample_weight, added)
            total = tf.reduce_sum(loss)
        slopes: Any = tape.gradient(total, trained, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        own = [by_id[id(variable)] for variable in model.optimizer.variables]
        trained, own = tf.vectorized_map(lambda each: self._optimizer.stateless_apply(*each), (own, slopes, trained))
        by_id |= values_of(model.trainable_variables, trained) | values_of(model.optimizer.variables, own)
        return [by_id[id(variable)] for variable in _all(program)], loss

    def _batch(self, index: Tensor, weights: Tensor) -> tuple:
        flat = self._histories(tf.reshape(index, (-1,)))
        x = tf.reshape(flat, (*index.shape, *flat.shape[1:]))
        own = weights if self._shared else tf.gather(weights, index, batch_dims=1)
        batch = tf.vectorized_map(lambda each: self._program.fittable.batch(*each), (x, tf.gather(self._y, index), own))
        return keras.utils.unpack_x_y_sample_weight(batch)

    def _losses(
        self, values: Values, x: Any, y: Any, predicted: Any, sample_weight: Any, added: Sequence[tuple]
    ) -> Tensor:
        """[networks]."""
        model, variables = self._program.model, _all(self._program)
        held, losses = [values[id(variable)] for variable in variables], [loss for _, loss in added]
        nested = held, x, y, predicted, sample_weight, losses
        flat = keras.tree.flatten(nested)

        def one(given: Sequence[Tensor]) -> list[Tensor]:
            tensors = iter(given)
            mine = [None if value is None else next(tensors) for value in flat]
            held, x, y, predicted, sample_weight, losses = keras.tree.pack_sequence_as(nested, mine)
            with keras.StatelessScope(list(zip(variables, held, strict=True)), collect_losses=True):
                for (layer, _), loss in zip(added, losses, strict=True):
                    layer.add_loss(loss)
                return [model.compute_loss(x, y, predicted, sample_weight, training=True)]

        return at_once(one, [value for value in flat if value is not None])[0]


def _changing(program: Program) -> list[Any]:
    return [*program.model.variables, *program.model.optimizer.variables]


def _all(program: Program) -> list[Any]:
    return [*_changing(program), *(program.fittable.weights or ())]


def _stacked(variables: Sequence[Sequence[Any]]) -> list[Tensor]:
    """[networks, ...] each, of the variables of each network."""
    return [tf.stack([tf.convert_to_tensor(each) for each in alike]) for alike in zip(*variables, strict=True)]
