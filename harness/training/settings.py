"""How to train, the same for every loss variant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.checks import one_of
from harness.kinds import Count, Text
from harness.metrics import Metrics
from harness.training.callbacks.own import OwnCallback
from harness.training.optimizer import check_callback, check_optimizer

if TYPE_CHECKING:
    import keras


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
        jit_compile: whether XLA compiles the step, and what predicts by the fast kernel.

    Raises:
        InputError: for a value that cannot be trained with.
    """

    epochs: Count
    batch_size: Count
    optimizer: Callable[[], keras.optimizers.Optimizer]
    callbacks: Sequence[OwnCallback]
    metrics: Metrics
    monitor: Text
    patience: Count
    jit_compile: bool

    def __post_init__(self) -> None:
        check_optimizer(self.optimizer)
        for place, own in enumerate(self.callbacks):
            check_callback(f"train.callbacks.{place}", own.make)
        one_of("train.monitor", self.monitor, self.metrics.monitors)

    @property
    def lower_is_better(self) -> bool:
        """The direction of the monitor."""
        return self.metrics.of(self.monitor).lower_is_better
