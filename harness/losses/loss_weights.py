"""Keras's own `compile(loss_weights=...)`, one named output a position."""

from typing import Any

import keras
import numpy as np
from keras import ops

from harness.errors import InputError
from harness.losses.formulas import Tensor
from harness.spec import Fittable


class LossWeights:
    """Mean squared error of each output, weighted by w_i / sum(w): the weighted MSE itself, not `outputs` times it.

    The outputs are named views of one network's vector, so that its parameters are those of every other variant. Keras
    does not refuse a wrong name; here names and weights come from one list.
    """

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
        names = [f"output_{i}" for i in range(len(weights))]
        share = weights / weights.sum()

        def by_name(vector: Tensor) -> dict[str, Tensor]:
            parts: Any = ops.split(vector, len(names), axis=1)
            return dict(zip(names, parts, strict=True))

        return Fittable(
            model=keras.Model(network.inputs[0], by_name(network.outputs[0])),
            compile={
                "loss": dict.fromkeys(names, "mean_squared_error"),
                "loss_weights": {name: float(w) for name, w in zip(names, share, strict=True)},
            },
            batch=lambda x, y, w: (x, by_name(y)),
        )
