"""What fitting leaves behind, epoch by epoch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np


class Epochs(Protocol):
    """What a checkpoint holds of a history."""

    @property
    def own_loss(self) -> Sequence[float]: ...
    @property
    def monitor(self) -> Sequence[float]: ...
    @property
    def seconds(self) -> Sequence[float]: ...
    @property
    def stopped(self) -> bool: ...


@dataclass
class History:
    """The figures of each epoch; epochs count from 1.

    Attributes:
        lower_is_better: of the monitor.
        own_loss: the variant's own training loss, not comparable between variants.
        monitor: the metric that picks the epoch.
        seconds: since training began, compiling and validation included, however often it was stopped.
        stopped: whether a callback of the user has stopped training.
        owned: by name, the values of the loss's own variables after the epoch that is kept; empty while training.
        validation: the validation metrics of the network that is kept; None where they are not known.
    """

    lower_is_better: bool
    own_loss: list[float] = field(default_factory=list)
    monitor: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    stopped: bool = False
    owned: dict[str, np.ndarray] = field(default_factory=dict)
    validation: Mapping[str, float] | None = None

    @property
    def best_epoch(self) -> int:
        """The epoch that is kept: the first one with the best monitor."""
        return int(np.argmin(self.monitor) if self.lower_is_better else np.argmax(self.monitor)) + 1

    def ended(self, epochs: int, patience: int) -> bool:
        """Whether training is over: all `epochs` are done, or the last `patience` of them brought no better monitor."""
        epoch = len(self.monitor)
        return epoch > 0 and (self.stopped or epoch >= epochs or epoch - self.best_epoch >= patience)

    def resume(self, earlier: Epochs) -> None:
        """Takes over the epochs of an earlier start of this training."""
        self.own_loss, self.monitor = list(earlier.own_loss), list(earlier.monitor)
        self.seconds, self.stopped = list(earlier.seconds), earlier.stopped
