"""The weighted RMSE as a Keras loss."""

from typing import Annotated, Any

import keras
from numpy.typing import ArrayLike

from harness.checks import one_of
from harness.errors import InputError
from harness.kinds import Renamed
from harness.losses.formulas import ERRORS, FORMS, Error, Form, Tensor, weighted_rmse
from harness.losses.weighted_loss import WeightedLoss

# The names that forms had before.
RENAMED = {"asked": "root_over_sum", "normalised": "root_of_mean"}


@keras.saving.register_keras_serializable(package="harness")
class WeightedRMSE(WeightedLoss):
    """`weighted_rmse` averaged over the batch; see the formulas there and the ways to give weights in `WeightedLoss`.

    Args:
        weights: [outputs], or None for ones.
        form: root_over_sum | root_of_mean | batch.
        error: squared.

    Raises:
        InputError: for another form or another error. A root has a square to undo: of a sum of absolute errors it would
            count a sample the less, the larger its errors are.
    """

    def __init__(
        self,
        weights: ArrayLike | None = None,
        form: Annotated[Form, Renamed(RENAMED)] = "root_over_sum",
        error: Error = "squared",
        name: str = "weighted_rmse",
        **kwargs: Any,
    ):
        one_of("loss.form", form, FORMS, RENAMED)
        one_of("loss.error", error, ERRORS)
        if error != "squared":
            found = f"got {error}, and the root of weighted_rmse undoes a square"
            raise InputError("loss.error", found, f"Write loss=weighted_mse loss.error={error}, which takes no root")
        super().__init__(weights=weights, name=name, **kwargs)
        self.form, self.error = form, error

    keeps_samples = "loss.form=batch with train.batch_size above 1, loss=weighted_mse loss.normalise=none"

    def formula(self, y_true: Tensor, y_pred: Tensor, weights: Tensor) -> Tensor:
        """See `weighted_rmse`."""
        return weighted_rmse(y_true, y_pred, weights, form=self.form)

    def cancels_samples(self, batch_size: int) -> str:
        """See `WeightedLoss`."""
        if self.form == "root_over_sum":
            return (
                "loss.form=root_over_sum divides by sum(w) outside the root: "
                "c times a sample's weights count c^(-1/2) as much"
            )
        if self.form == "root_of_mean":
            return "loss.form=root_of_mean divides by a sample's own sum(w)"
        return "a batch of one sample is divided by that sample's own sum(w)" if batch_size == 1 else ""

    def get_config(self) -> dict[str, object]:
        """What rebuilds this loss."""
        return {**super().get_config(), "form": self.form, "error": self.error}
