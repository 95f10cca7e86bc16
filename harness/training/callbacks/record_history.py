"""Writes down what each epoch brought."""

import time
from collections.abc import Mapping
from typing import Any, cast

import keras

from harness.training.history import History


class RecordHistory(keras.callbacks.Callback):
    """Appends an epoch's figures to the history; runs after all callbacks that may stop training.

    Args:
        history: to append to.
        monitor: the name in `logs` of the metric that picks the best epoch.
        spent: seconds that the training took before it was resumed.
    """

    def __init__(self, history: History, monitor: str, spent: float):
        super().__init__()
        self.history, self.monitor = history, monitor
        self.began = time.perf_counter() - spent

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Appends the own loss, the monitor and the seconds, and notes whether a user's callback stops training."""
        logs, model = logs or {}, cast(keras.Model, self.model)
        self.history.own_loss.append(float(logs["loss"]))
        self.history.monitor.append(float(logs[self.monitor]))
        self.history.seconds.append(time.perf_counter() - self.began)
        self.history.stopped = bool(model.stop_training)
