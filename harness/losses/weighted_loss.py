"""The Keras loss that carries weights: what every weighted formula shares."""

import warnings
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import ArrayLike

from harness.errors import InputError
from harness.losses.formulas import Tensor, known_shape
from harness.losses.sample_effect import share_kept
from harness.spec import Fittable

# Of the variance between samples. Weights that are one row times a factor a sample, rounded to two digits, keep 1e-5.
NOTHING, WEAK = 1e-4, 0.1


class WeightedLoss(keras.losses.Loss):
    """A Keras loss with one weight an output; a subclass gives the formula.

    Weights come in three ways; the first of them that is given counts:

    - with the call: `loss(y_true, y_pred, weights=w)` with [outputs] or [batch, outputs];
    - with `model.fit(sample_weight=...)` of shape [samples, outputs], which Keras passes to every call;
    - with the object: `weights=[...]`, [outputs], saved with the model.

    Without any, all outputs weigh 1. Keras's plain sample_weight ([samples] or [samples, 1], one factor a sample)
    keeps its meaning at every batch size: it multiplies the sample's value, beside whatever weights there are; with
    one output, [samples, 1] is [samples, outputs]. One axis is therefore never one weight an output, which goes by name
    with the call.

    Keras makes class_weight one factor a sample too, by the arg max of the target vector, before any loss is called: no
    loss can distinguish it from a sample_weight of shape [samples], nor refuse it.

    It is a loss variant too (see `LossVariant`): `check` and `fittable` are for the harness.
    """

    # What to write, besides loss=sample_weight, where this formula cancels what a sample counts.
    keeps_samples = "loss=weighted_mse loss.normalise=none"

    def __init__(
        self,
        weights: ArrayLike | None = None,
        name: str | None = None,
        reduction: Any = "sum_over_batch_size",
        dtype: Any = None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self._given_dtype = None if dtype is None else keras.dtype_policies.get(dtype).name
        self.weights = None if weights is None else _checked(np.asarray(weights, dtype="float64"))

    def formula(self, y_true: Tensor, y_pred: Tensor, weights: Tensor) -> Tensor:
        """The values [batch] of y_true, y_pred [batch, outputs] under weights [outputs] or [batch, outputs]."""
        raise NotImplementedError

    def cancels_samples(self, batch_size: int) -> str:
        """What makes a sample's share independent of the sum of its weights; "" where it does not.

        A subclass answers for its own formula; the text completes 'since ...'.
        """
        raise NotImplementedError

    def __call__(
        self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor = None, *, weights: Tensor = None
    ) -> Tensor:
        """The reduced loss.

        Args:
            y_true, y_pred: [batch, outputs].
            sample_weight: what Keras passes: weights [batch, outputs], or one factor a sample, [batch] or [batch, 1].
            weights: those of this call, [outputs] or [batch, outputs].

        Raises:
            ValueError: for any other shape, or weights given in both arguments.
        """
        given, factor = self._read(sample_weight, y_pred)
        if given is not None and weights is not None:
            raise ValueError("Expected weights in one of sample_weight and weights. Received them in both.")
        weights = given if weights is None else weights
        return super().__call__(y_true if weights is None else (y_true, weights), y_pred, sample_weight=factor)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """The values, [batch]; y_true may be a pair (y_true, weights)."""
        y_true, weights = y_true if isinstance(y_true, tuple) else (y_true, None)
        return self.formula(y_true, y_pred, self._own(y_pred) if weights is None else weights)

    def get_config(self) -> dict[str, object]:
        """What rebuilds this loss; weights as a list, dtype as it was given."""
        weights = None if self.weights is None else self.weights.tolist()
        return {**super().get_config(), "weights": weights, "dtype": self._given_dtype}

    def check(self, weights: np.ndarray, batch_size: int) -> None:
        """Refuses per-sample weights of whose effect on samples this formula leaves nothing, but for rounding.

        Warns where it leaves less than WEAK of it; see `share_kept`.

        Raises:
            InputError: less than NOTHING is left.
        """
        reason = self.cancels_samples(batch_size)
        share = share_kept(weights) if weights.ndim == 2 and reason else 1.0
        instead = f"Write {self.keeps_samples}, or loss=sample_weight"
        if share < NOTHING:
            found = f"what one sample counts against another has no effect, or the opposite one, since {reason}"
            raise InputError("weights", found, instead)
        if share < WEAK:
            warnings.warn(
                f"only {share:.2g} of the variance of these weights between samples has its effect, since {reason}. "
                f"{instead}",
                stacklevel=2,
            )

    def fittable(self, network: keras.Model, weights: np.ndarray) -> Fittable:
        """Weights go with each batch, where Keras puts sample_weight."""
        return Fittable(
            model=keras.Model(network.inputs[0], network.outputs[0]),
            compile={"loss": type(self).from_config({**self.get_config(), "weights": None})},
            batch=lambda x, y, w: (x, y, w * ops.ones_like(y)),
            weights=(),
        )

    def _own(self, y_pred: Tensor) -> Tensor:
        shape: Any = ops.shape(y_pred)
        return ops.ones(shape[-1:]) if self.weights is None else self.weights

    def _read(self, sample_weight: Tensor, y_pred: Tensor) -> tuple[Tensor, Tensor]:
        """(weights or None, factor or None) from the third argument of a call."""
        if sample_weight is None:
            return None, None
        shape, pred = (known_shape(ops.convert_to_tensor(t)) for t in (sample_weight, y_pred))
        batch, outputs = pred if len(pred) == 2 else (None, None)
        if len(shape) == 1 or (len(shape) == 2 and shape[1] == 1 and outputs != 1):
            if shape[0] is not None and shape[0] != batch:
                raise ValueError(
                    "Expected weights of shape [batch, outputs], or one factor a sample of shape [batch] or [batch, 1] "
                    f"for predictions of shape {pred}. Received: {shape}. One weight an output, the same for all "
                    "samples, goes by name: loss(y_true, y_pred, weights=w)."
                )
            return None, ops.reshape(sample_weight, (-1,))
        return sample_weight, None


def _checked(weights: np.ndarray) -> np.ndarray:
    if weights.ndim != 1 or not np.all(np.isfinite(weights)) or np.any(weights < 0) or not np.any(weights > 0):
        raise ValueError(
            "Expected weights of shape [outputs], finite, not negative and not all zero; weights for each sample go "
            f"with the call or with fit(sample_weight=...). Received: {weights.shape}, {weights}."
        )
    return weights
