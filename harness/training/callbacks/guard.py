"""Ends a training whose figures are no longer finite."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from harness.errors import DivergedError


class Guard(keras.callbacks.Callback):
    """Looks at one figure of each epoch.

    Args:
        name: the figure's name in `logs`.
        description: what an error calls it.
    """

    def __init__(self, name: str, description: str):
        super().__init__()
        self.name, self.description = name, description

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Raises DivergedError where the figure is NaN or infinite."""
        value = float((logs or {})[self.name])
        if not np.isfinite(value):
            raise DivergedError(epoch + 1, self.description, value)
