"""Keras's own `compile(loss_weights=...)`, one named output a position."""

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import ops

from harness.errors import InputError
from harness.losses.formulas import Delta, Error, Tensor, error_of
from harness.spec import Fittable


class LossWeights:
    """Mean error of each output, weighted by w_i / sum(w): the weighted MSE itself, not `outputs` times it.

    The outputs are named views of one network's vector, so that its parameters are those of every other variant. Keras
    does not refuse a wrong name; here names and weights come from one list.

    Args:
        error, delta: what the error of an output counts, see `error_of`.
    """

    def __init__(self, error: Error, delta: Delta):
        self.error, self.delta = error, delta

    def check(self, weights: np.ndarray, batch_size: int) -> None:
        """Refuses per-sample weights: Keras takes one number a named output."""
        if weights.ndim == 2:
            raise InputError(
                "loss",
                f"loss_weights takes one weight an output, the same for all samples; these weights are {weights.shape}",
                "Write loss=sample_weight or loss=weighted_mse loss.normalise=none, or take shared weights",
            )

    def fittable(self, network: keras.Model, weights: np.ndarray) -> Fittable:
        """See `Fittable`."""
        shares = [keras.Variable(w, trainable=False, dtype="float32") for w in weights / weights.sum()]
        named = {f"output_{i}": share for i, share in enumerate(shares)}
        model = NamedOutputs(network.inputs[0], _by_name(network.outputs[0]))
        model.error = partial(error_of, error=self.error, delta=self.delta)
        return Fittable(
            model=model,
            compile={"loss": dict.fromkeys(named, Computed()), "loss_weights": named},
            batch=lambda x, y, w: (x, y),
            weights=shares,
        )


class NamedOutputs(keras.Model):
    """A model of outputs by name, [batch, 1] each, that is trained on vectors [batch, outputs].

    A hundred targets by name would cost more to hand over than a step takes.

    Attributes:
        error: what the errors of the outputs count, see `error_of`.
    """

    error: Callable[[Tensor], Tensor]

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Tensor:
        """Keras's own weighted sum, of the mean error of each output by name.

        The means are computed for all outputs at once: one by one, a hundred take four times as long to compile.
        """
        errors: Any = self.error(ops.concatenate(list(y_pred.values()), axis=1) - y)
        each: Any = ops.split(ops.mean(errors, axis=0), len(y_pred))
        means = dict(zip(y_pred, each, strict=True))
        own = self._compile_loss
        if not own.built:
            own.build(means, means)
            # Keras tracks a mean for each output, which takes longer to trace than all else and which nothing reads.
            own._metrics[:] = [Untracked() for _ in own._metrics]
        return super().compute_loss(x, means, means, sample_weight, training)


class Computed(keras.losses.Loss):
    """The loss of one output where it is known: what stands for its prediction."""

    def __call__(self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor = None) -> Tensor:
        """A scalar."""
        return ops.squeeze(y_pred)


class Untracked:
    """Stands for a metric of Keras where none is wanted."""

    name, variables = "untracked", ()

    def update_state(self, *given: Any, **named: Any) -> None:
        """Tracks nothing."""

    def reset_state(self) -> None:
        """Has no state."""

    def result(self) -> float:
        """No result."""
        return 0.0


def _by_name(vector: Tensor) -> dict[str, Tensor]:
    """Views [batch, 1] of a vector [batch, outputs]."""
    parts: Any = ops.split(vector, vector.shape[-1], axis=1)
    return {f"output_{i}": part for i, part in enumerate(parts)}
