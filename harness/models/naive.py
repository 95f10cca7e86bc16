"""The naive forecasts as networks, so that they stand beside trained ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from harness.errors import InputError
from harness.models.linear import linear, set_coefficients
from harness.spec import Dataset, LossVariant

if TYPE_CHECKING:
    import keras

PERSISTENCE, DRIFT = "persistence", "seasonal_naive_with_drift"


@dataclass(frozen=True)
class Naive:
    """One of the forecasts of `harness.baselines`, as one linear layer. Nothing is trained: loss and weights are idle.

    kind: persistence | seasonal_naive | seasonal_naive_with_drift.
    """

    kind: Literal["persistence", "seasonal_naive", "seasonal_naive_with_drift"]

    def __call__(self, lookback: int, features: int, outputs: int) -> keras.Model:
        """See `linear`."""
        return linear(lookback, features, outputs)

    def check(self, loss: LossVariant, weights: np.ndarray) -> None:
        """See `SolvedFamily`: it asks nothing of them."""

    def solve(self, network: keras.Model, data: Dataset, weights: np.ndarray) -> None:
        """See `SolvedFamily`."""
        scaling, season = data.scaling, data.season
        if data.target is None:
            instead = "Name in data.target the feature of x that holds it"
            raise InputError(
                "model", "a naive forecast needs the target's own history, and data.target is null", instead
            )
        _, lookback, features = network.inputs[0].shape
        outputs = network.outputs[0].shape[1]
        kernel = np.zeros((lookback, features, outputs))
        if self.kind != PERSISTENCE:
            needed = (season or 0) + (self.kind == DRIFT)
            if season is None or lookback < needed:
                found = f"got {self.kind}, with data.season={season} and data.lookback={lookback}"
                instead = "Write model.kind=persistence, or data.season and a data.lookback longer than it"
                raise InputError("model.kind", found, instead)
            ahead, scale = np.arange(outputs), scaling.x_scale[data.target] / scaling.y_scale
            kernel[lookback - season + ahead % season, data.target, ahead] += scale
            if self.kind == DRIFT:
                kernel[lookback - 1 - season, data.target] -= scale * (1 + ahead // season)
        set_coefficients(network, data, kernel.reshape(-1, outputs), np.zeros(outputs))
