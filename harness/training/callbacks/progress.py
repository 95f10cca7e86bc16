"""Reports every epoch to whoever shows progress."""

from collections.abc import Callable, Mapping
from typing import Any

import keras

from harness.training.history import History


class Progress(keras.callbacks.Callback):
    """Calls a function after every epoch.

    Args:
        on_epoch: called with the epoch, counted from 1, and the history so far.
        history: the history so far.
    """

    def __init__(self, on_epoch: Callable[[int, History], None], history: History):
        super().__init__()
        self.on_epoch, self.history = on_epoch, history

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Reports the epoch, whose checkpoint is written by then."""
        self.on_epoch(epoch + 1, self.history)
