"""Evaluates every epoch by the metrics that all loss variants share."""

from collections.abc import Callable, Mapping
from typing import Any

import keras


class Validate(keras.callbacks.Callback):
    """Puts the validation metrics into `logs`, where the callbacks after it find them.

    Args:
        validate: gives the metrics of the network as it stands, by name, such as `val_rmse`.
    """

    def __init__(self, validate: Callable[[], Mapping[str, float]]):
        super().__init__()
        self.validate = validate

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Adds to `logs`; Keras hands the same ones to each callback in turn."""
        if logs is not None:
            logs.update(self.validate())
