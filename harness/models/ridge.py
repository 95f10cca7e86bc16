"""Ridge regression: the best linear forecast, in closed form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np
from annotated_types import Interval

from harness.errors import InputError
from harness.models.linear import differences, linear, set_coefficients
from harness.spec import Dataset, LossVariant

if TYPE_CHECKING:
    import keras

FORM = "solves for the mean of w e^2 without training"
INSTEAD = "Write loss=weighted_mse loss.normalise=none, or leave model=ridge out of this combination (sweep.exclude)"


@dataclass(frozen=True)
class Ridge:
    """t = d W + b with the smallest mean over windows of w e^2, plus penalty |W|^2, for each output by itself.

    d and t are differences from the last row of a window (`harness.models.linear.differences`), so that this is the
    form of NLinear (arXiv 2205.13504) at its optimum. The weights of each output are divided by their mean, so that a
    penalty means the same under all of them: weights that are shared by the samples have no effect at all, since no
    coefficient serves two outputs. Hoerl and Kennard 1970, Technometrics 12 (1).

    penalty: in the unit of a squared input of the network; bias: whether there is b, which is not penalised.
    """

    penalty: Annotated[float, Interval(ge=0, le=1e9)]
    bias: bool

    def __call__(self, lookback: int, features: int, outputs: int) -> keras.Model:
        """See `linear`."""
        return linear(lookback, features, outputs)

    def check(self, loss: LossVariant, weights: np.ndarray) -> None:
        """See `SolvedFamily`: it minimises the weighted MSE alone, whose samples count what their weights say."""
        from harness.losses import WeightedMSE

        if not isinstance(loss, WeightedMSE):
            raise InputError("loss", f"got another loss than weighted_mse, and model=ridge {FORM}", INSTEAD)
        if loss.error != "squared":
            raise InputError("loss.error", f"got {loss.error}, and model=ridge {FORM}", INSTEAD)
        if weights.ndim == 2 and loss.normalise != "none":
            raise InputError(
                "loss.normalise", f"got {loss.normalise} under per-sample weights, and model=ridge {FORM}", INSTEAD
            )

    def solve(self, network: keras.Model, data: Dataset, weights: np.ndarray) -> None:
        """See `SolvedFamily`."""
        shared = np.ones((len(data.train.y), 1)), np.zeros(data.train.y.shape[1], int)
        columns, which = shared if weights.ndim == 1 else _distinct(weights)
        size = int(np.prod(data.train.x.shape[1:])) + self.bias
        products = [np.zeros((size, size)) for _ in columns.T]
        moments = np.zeros((size, data.train.y.shape[1]))
        for at, d, t in differences(data):
            rows = np.column_stack([d, np.ones(len(d))]) if self.bias else d
            for place, column in enumerate(columns.T):
                weighted = rows * column[at, np.newaxis]
                products[place] += rows.T @ weighted
                moments[:, which == place] += weighted.T @ t[:, which == place]
        kernel = np.zeros_like(moments)
        ridge = len(data.train.y) * np.diag(np.r_[np.full(size - self.bias, self.penalty), np.zeros(int(self.bias))])
        for place, product in enumerate(products):
            try:
                kernel[:, which == place] = np.linalg.solve(product + ridge, moments[:, which == place])
            except np.linalg.LinAlgError as error:
                found = f"got {self.penalty}, under which the equations have no single solution"
                raise InputError("model.penalty", found, "Write a larger one, such as 0.01") from error
        own = kernel[:-1] if self.bias else kernel
        set_coefficients(network, data, own, kernel[-1] if self.bias else np.zeros(len(kernel[0])))


def _distinct(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(the distinct columns of weights [n, outputs] over their means, which of them each output has [outputs])."""
    mean = weights.mean(axis=0)
    relative = weights / np.where(mean > 0, mean, 1.0)
    # Columns that are the same but for a factor differ by rounding.
    _, first, which = np.unique(np.round(relative, 12), axis=1, return_index=True, return_inverse=True)
    return relative[:, first], np.ravel(which)
