"""The weighted MSE as a Keras loss, and the same mean of other errors."""

from typing import Any

import keras
from numpy.typing import ArrayLike

from harness.checks import in_range, one_of
from harness.losses.formulas import (
    ERRORS,
    LARGEST_DELTA,
    LEAST_DELTA,
    NORMALISATIONS,
    Delta,
    Error,
    Normalisation,
    Tensor,
    weighted_mse,
)
from harness.losses.weighted_loss import WeightedLoss


@keras.saving.register_keras_serializable(package="harness")
class WeightedMSE(WeightedLoss):
    """`weighted_mse` averaged over the batch; see the formulas there and the ways to give weights in `WeightedLoss`.

    Args:
        weights: [outputs], or None for ones.
        normalise: sample | batch | none.
        error: squared | absolute | huber.
        delta: where `huber` turns from a parabola into a straight line; the other errors have none.
    """

    def __init__(
        self,
        weights: ArrayLike | None = None,
        normalise: Normalisation = "sample",
        error: Error = "squared",
        delta: Delta = 1.0,
        name: str = "weighted_mse",
        **kwargs: Any,
    ):
        one_of("loss.normalise", normalise, NORMALISATIONS)
        one_of("loss.error", error, ERRORS)
        in_range("loss.delta", delta, LEAST_DELTA, LARGEST_DELTA)
        super().__init__(weights=weights, name=name, **kwargs)
        self.normalise, self.error, self.delta = normalise, error, delta

    keeps_samples = "loss.normalise=none"

    def formula(self, y_true: Tensor, y_pred: Tensor, weights: Tensor) -> Tensor:
        """See `weighted_mse`."""
        return weighted_mse(y_true, y_pred, weights, self.normalise, self.error, self.delta)

    def cancels_samples(self, batch_size: int) -> str:
        """See `WeightedLoss`."""
        if self.normalise == "sample":
            return "loss.normalise=sample divides by a sample's own sum(w)"
        if self.normalise == "batch" and batch_size == 1:
            return "a batch of one sample is divided by that sample's own sum(w)"
        return ""

    def get_config(self) -> dict[str, object]:
        """What rebuilds this loss."""
        own = {"normalise": self.normalise, "error": self.error, "delta": self.delta}
        return {**super().get_config(), **own}
