"""Keeps the state of a training on disk after every epoch, and puts it back."""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from harness.training.callbacks.keep_best import KeepBest
from harness.training.callbacks.own import restore, state_of
from harness.training.checkpoint import Checkpoint, read, write
from harness.training.history import History


class KeepCheckpoint(keras.callbacks.Callback):
    """Writes a checkpoint after every epoch; the last callback but those that only show and stop.

    A checkpoint that cannot be written is done without, with a warning.

    Args:
        path: the file.
        variables: of the training model, its optimizer and its random generators.
        best, history: what is kept of the epochs so far.
        own: the user's callbacks.
    """

    def __init__(self, path: Path, variables: Sequence[Any], best: KeepBest, history: History, own: Sequence[Any]):
        super().__init__()
        self.path, self.variables, self.best, self.history, self.own = path, variables, best, history, own
        self.resumed: Checkpoint | None = None
        self.warned = False

    def resume(self) -> None:
        """Puts the history and the best weights back, where a checkpoint is there; training puts the rest back."""
        names = [type(callback).__qualname__ for callback in self.own]
        best = [variable.numpy() for variable in self.best.variables]
        self.resumed = read(self.path, self._values(), best, names)
        if self.resumed:
            self.history.resume(self.resumed)
            self.best.values = self.resumed.best

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Puts the variables and the user's callbacks back; what these do when training begins is done by then."""
        if self.resumed:
            for variable, value in zip(self.variables, self.resumed.variables, strict=True):
                variable.assign(value)
            for callback, state in zip(self.own, self.resumed.states, strict=True):
                restore(callback, state)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Writes the checkpoint."""
        history = self.history
        state = Checkpoint(
            variables=self._values(),
            best=self.best.values or (),
            own_loss=history.own_loss,
            monitor=history.monitor,
            seconds=history.seconds,
            stopped=history.stopped,
            callbacks=[type(callback).__qualname__ for callback in self.own],
            states=[state_of(callback) for callback in self.own],
        )
        try:
            write(self.path, state)
        except OSError as error:
            if not self.warned:
                # At this level: one further up is Keras's, whose warnings may be silenced.
                warnings.warn(f"training continues without a checkpoint of its latest epochs: {error}", stacklevel=1)
            self.warned = True

    def _values(self) -> list[np.ndarray]:
        return [variable.numpy() for variable in self.variables]
