"""Keras's own `compile(loss_weights=...)`, one named output a position."""

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
        return Fittable(
            model=NamedOutputs(network.inputs[0], _by_name(network.outputs[0])),
            compile={"loss": dict.fromkeys(named, MeanError(self.error, self.delta)), "loss_weights": named},
            batch=lambda x, y, w: (x, y),
            weights=shares,
        )


class NamedOutputs(keras.Model):
    """A model of outputs by name, [batch, 1] each, that is trained on vectors [batch, outputs].

    A hundred targets by name would cost more to hand over than a step takes.
    """

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Tensor:
        """Keras's own, of targets by name."""
        by_name, own = _by_name(y), self._compile_loss
        if not own.built:
            own.build(by_name, y_pred)
            # Keras tracks a mean for each output, which takes longer to trace than all else and which nothing reads.
            own._metrics[:] = [Untracked() for _ in own._metrics]
        return super().compute_loss(x, by_name, y_pred, sample_weight, training)


class MeanError(keras.losses.Loss):
    """The mean error of one output [batch, 1], in three operations or a few more: Keras's own take twenty to trace."""

    def __init__(self, error: str, delta: float):
        super().__init__()
        self.error, self.delta = error, delta

    def __call__(self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor = None) -> Tensor:
        """A scalar."""
        return ops.mean(error_of(y_pred - y_true, self.error, self.delta))


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
