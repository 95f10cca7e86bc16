"""Ends a training whose epoch was cut short."""

from collections.abc import Mapping
from typing import Any, cast

import keras


class WholeEpochs(keras.callbacks.Callback):
    """Counts the steps of each epoch: Keras takes some errors of TensorFlow for the end of the data, and goes on.

    Args:
        steps: of one epoch.
    """

    def __init__(self, steps: int):
        super().__init__()
        self.steps, self.before = steps, 0

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Notes how many steps came before."""
        self.before = self._done()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Raises RuntimeError where a step is missing."""
        done = self._done() - self.before
        if done != self.steps:
            raise RuntimeError(f"epoch {epoch + 1} ended after {done} of {self.steps} steps: TensorFlow failed in it")

    def _done(self) -> int:
        return int(cast(keras.Model, self.model).optimizer.iterations)
