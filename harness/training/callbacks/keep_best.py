"""Keeps the weights of the best epoch."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from harness.training.history import History

# How the names of validation metrics begin.
VALIDATION = "val_"


class KeepBest(keras.callbacks.Callback):
    """Holds the values of variables after the best epoch so far; `values` is None before the first epoch.

    Args:
        variables: whose values are kept.
        history: says which epoch is the best; it knows the present one already.

    Attributes:
        validation: the validation metrics of that epoch; None where an earlier start of the training had it.
    """

    def __init__(self, variables: Sequence[Any], history: History):
        super().__init__()
        self.variables, self.history = variables, history
        self.values: Sequence[np.ndarray] | None = None
        self.validation: Mapping[str, float] | None = None

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Takes the values where this epoch is the best."""
        if self.history.best_epoch == epoch + 1:
            self.values = [variable.numpy() for variable in self.variables]
            self.validation = {name: value for name, value in (logs or {}).items() if name.startswith(VALIDATION)}

    def restore(self) -> None:
        """Gives the variables the values of the best epoch."""
        for variable, value in zip(self.variables, self.values or (), strict=True):
            variable.assign(value)
