"""Stops a training that does not get better."""

from collections.abc import Mapping
from typing import Any, cast

import keras

from harness.training.history import History


class Stop(keras.callbacks.Callback):
    """Stops training when the history says so.

    Args:
        history: the history so far.
        epochs, patience: see `Training`.
    """

    def __init__(self, history: History, epochs: int, patience: int):
        super().__init__()
        self.history, self.epochs, self.patience = history, epochs, patience

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Stops training; one that another callback has stopped stays stopped."""
        if self.history.ended(self.epochs, self.patience):
            cast(keras.Model, self.model).stop_training = True
