"""The Keras loss that carries weights: what every weighted formula shares."""

import keras
import numpy as np
from keras import ops

from harness.errors import InputError
from harness.losses.formulas import known_shape
from harness.spec import Fittable


class WeightedLoss(keras.losses.Loss):
    """A Keras loss with one weight an output; a subclass gives the formula.

    Weights come in three ways, the first that is given counts:

    - with the call: `loss(y_true, y_pred, weights)` with [batch, outputs] or [outputs];
    - with `model.fit(sample_weight=...)` of shape [samples, outputs], which Keras hands on with every call;
    - with the object: `weights=[...]`, [outputs], saved with the model.

    Without any, all outputs weigh 1. Keras's plain sample_weight ([samples] or [samples, 1], one factor a sample)
    keeps its meaning: it multiplies the sample's value; with one output, [samples, 1] is [samples, outputs]. One axis
    whose length is both the batch size and the number of outputs could mean either and raises ValueError.

    It is a loss variant too (see `LossVariant`): `check` and `fittable` are for the harness.
    """

    # What to write, besides loss=sample_weight, where this formula cancels what a sample counts.
    keeps_samples = "loss=weighted_mse loss.normalise=none"

    def __init__(self, weights=None, name=None, reduction="sum_over_batch_size", dtype=None):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        if weights is not None:
            weights = np.asarray(weights, dtype="float64")
            if weights.ndim != 1 or not np.all(np.isfinite(weights)) or np.any(weights < 0) or not np.any(weights > 0):
                raise ValueError(
                    "Expected weights of shape [outputs], finite, not negative and not all zero; weights for each "
                    f"sample go with the call or with fit(sample_weight=...). Received: {weights.shape}, {weights}."
                )
        self.weights = weights

    def formula(self, y_true, y_pred, weights):
        """The values [batch] of y_true, y_pred [batch, outputs] under weights [outputs] or [batch, outputs]."""
        raise NotImplementedError

    def cancels_samples(self, batch_size):
        """What makes a sample's share independent of the sum of its weights; "" where it does not.

        A subclass answers for its own formula; the text completes 'since ...'.
        """
        raise NotImplementedError

    def __call__(self, y_true, y_pred, sample_weight=None):
        """The reduced loss. sample_weight: the weights of this call, or Keras's one factor a sample; see the class."""
        weights, factor = self._read(sample_weight, y_pred)
        return super().__call__(y_true if weights is None else (y_true, weights), y_pred, sample_weight=factor)

    def call(self, y_true, y_pred):
        """The values, [batch]; y_true may be a pair (y_true, weights)."""
        y_true, weights = y_true if isinstance(y_true, tuple) else (y_true, None)
        return self.formula(y_true, y_pred, self._own(y_pred) if weights is None else weights)

    def get_config(self):
        """What rebuilds this loss; weights as a list."""
        weights = None if self.weights is None else self.weights.tolist()
        return {**super().get_config(), "weights": weights}

    def check(self, weights, batch_size):
        """Refuses per-sample weights whose differences between samples this formula cancels or turns round."""
        reason = self.cancels_samples(batch_size)
        if weights.ndim == 2 and reason and _differ_by_a_factor_alone(weights):
            raise InputError(
                "weights",
                f"what one sample counts against another has no effect, or the opposite one, since {reason}",
                f"Write {self.keeps_samples}, or loss=sample_weight",
            )

    def fittable(self, network, weights):
        """Shared weights go with the loss; per-sample weights go with each batch, where Keras puts sample_weight."""
        shared = weights.ndim == 1
        loss = type(self).from_config({**self.get_config(), "weights": weights if shared else None})
        return Fittable(
            model=keras.Model(network.inputs[0], network.outputs[0]),
            compile={"loss": loss},
            batch=lambda x, y, w: (x, y) if shared else (x, y, w),
        )

    def _own(self, y_pred):
        return ops.ones(ops.shape(y_pred)[-1:]) if self.weights is None else self.weights

    def _read(self, sample_weight, y_pred):
        """(weights or None, factor or None) from the third argument of a call."""
        if sample_weight is None:
            return None, None
        shape, pred = (known_shape(ops.convert_to_tensor(t)) for t in (sample_weight, y_pred))
        batch, outputs = pred if len(pred) == 2 else (None, None)
        if len(shape) == 1 and shape[0] == outputs and outputs is not None:
            if batch == outputs:
                raise ValueError(
                    f"{outputs} weights for a batch of {batch} samples with {outputs} outputs could be one an output "
                    "or one a sample. Expected [batch, outputs], or [batch, 1] for one factor a sample."
                )
            return sample_weight, None
        if len(shape) == 1 or (len(shape) == 2 and shape[1] == 1 and outputs != 1):
            if None not in (shape[0], batch) and shape[0] != batch:
                raise ValueError(
                    f"Expected weights of shape [batch, outputs], [outputs] or [batch] for predictions of shape {pred}."
                    f" Received: {shape}."
                )
            return None, ops.reshape(sample_weight, (-1,))
        return sample_weight, None


def _differ_by_a_factor_alone(weights):
    """Whether the rows of weights [samples, outputs] are one row times a factor that is not the same for all.

    Rows of zeros do not count: every formula leaves such a sample out, whatever it cancels.
    """
    weights = weights[weights.any(axis=1)]
    sums = weights.sum(axis=1, keepdims=True)
    shape = weights.sum(axis=0) / weights.sum()
    return bool(np.ptp(sums) > 1e-9 * sums.max() and np.allclose(weights, sums * shape, rtol=1e-6, atol=1e-12))
