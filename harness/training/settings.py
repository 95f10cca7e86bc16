"""How to train, the same for every loss variant."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import keras

from harness.checks import at_least, one_of
from harness.metrics import Metrics
from harness.training.callbacks.own import OwnCallback
from harness.training.optimizer import check_callback, check_optimizer


@dataclass(frozen=True, kw_only=True)
class Training:
    """How to train.

    Attributes:
        epochs: at most so many.
        batch_size: samples a step.
        optimizer: gives a new optimizer, one for each training.
        callbacks: the user's own.
        metrics: what every epoch is evaluated by, on validation data.
        monitor: the one of them, such as `val_rmse`, that stops training and picks the epoch that is kept.
        patience: stop after so many epochs without a better monitor.
        jit_compile: whether XLA compiles the step.

    Raises:
        InputError: for a value that cannot be trained with.
    """

    epochs: int
    batch_size: int
    optimizer: Callable[[], keras.optimizers.Optimizer]
    callbacks: Sequence[OwnCallback]
    metrics: Metrics
    monitor: str
    patience: int
    jit_compile: bool

    def __post_init__(self) -> None:
        for key in ("epochs", "batch_size", "patience"):
            at_least(f"train.{key}", getattr(self, key), 1)
        check_optimizer(self.optimizer)
        for place, own in enumerate(self.callbacks):
            check_callback(f"train.callbacks.{place}", own.make)
        one_of("train.monitor", self.monitor, self.metrics.monitors)
        one_of("train.jit_compile", self.jit_compile, (True, False))

    @property
    def lower_is_better(self) -> bool:
        """The direction of the monitor."""
        return self.metrics.of(self.monitor).lower_is_better
