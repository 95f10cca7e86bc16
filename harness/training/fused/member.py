"""One of several trainings of a process that are computed at once."""

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from functools import cached_property
from typing import Any

import joblib
import numpy as np

from harness.data.scaling import Scaled
from harness.errors import InputError
from harness.processes.turns import Question, seat
from harness.training.batches import Arrays, order
from harness.training.fused.epoch import Epochs
from harness.training.fused.networks import own_loops
from harness.training.program import Program
from harness.training.settings import Training

LAUNCHER = "hydra/launcher"
# How many a process keeps; each holds what it has compiled.
KEPT = 8
# One network takes XLA on a CPU twice the time of two.
FEWEST = 2
_epochs: OrderedDict[Hashable, Epochs] = OrderedDict()


def member(program: Program, arrays: Arrays, training: Training) -> "Member | None":
    """What computes this training together with others of the process; None where it trains alone.

    Raises:
        InputError: trainings are computed together, and this one cannot be.
    """
    if seat() is None:
        return None
    loops = own_loops(program.model)
    if loops:
        found = f"got fused, and Keras computes the recurrence of {', '.join(loops)}"
        raise InputError(LAUNCHER, found, "Write model.kernel=fast, or hydra/launcher=pool")
    if program.key is None:
        found = "got fused, and train.callbacks, or a layer or an optimizer without a config, are this trial's own"
        raise InputError(LAUNCHER, found, "Write hydra/launcher=pool")
    return Member(program, arrays, training)


class Member:
    """A training whose epochs and forecasts are computed with those of others of one program, data set and batch size.

    Args:
        program, arrays, training: its own.
    """

    def __init__(self, program: Program, arrays: Arrays, training: Training):
        self._program, self._arrays, self._training = program, arrays, training

    def train(self, seed: int, epoch: int) -> float:
        """Trains for one epoch; the loss, the mean over samples."""
        given = self._program, self._arrays[2], order(len(self._arrays[0]), seed, epoch).numpy()
        return self._ask("epoch", given, lambda epochs, all_given: epochs.train(*zip(*all_given, strict=True)))

    def forecast(self, x: Scaled) -> np.ndarray:
        """The predictions [n, outputs] of the network as it stands, for scaled x [n, lookback, features]."""

        def answer(epochs: Epochs, all_given: Sequence[tuple]) -> list[np.ndarray]:
            return epochs.forecast([program for (program,) in all_given], x)

        return self._ask(("forecast", joblib.hash(x)), (self._program,), answer)

    def _ask(self, what: Hashable, given: tuple, answer: Any) -> Any:
        own: Any = seat()
        return own.ask(
            Question((what, self._alike), given, lambda all_given: answer(self._of(len(all_given)), all_given))
        )

    def _of(self, many: int) -> Epochs:
        """What is compiled for at least so many."""
        found = _epochs.pop(self._alike, None)
        if found is None or found.size < many:
            found = Epochs(self._program, self._arrays, self._training, max(many, FEWEST))
        _epochs[self._alike] = found
        while len(_epochs) > KEPT:
            _epochs.popitem(last=False)
        return found

    @cached_property
    def _alike(self) -> Hashable:
        return self._program.key, joblib.hash(self._arrays[:2])
