"""What a trial takes, measured on two epochs of a real training that is thrown away."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from harness.errors import in_one_line
from harness.processes.companion import Companion
from harness.processes.interrupt import interrupted_once, leave_at_once
from harness.processes.tensorflow import import_tensorflow

# What a training needs is imported where it is trained: this process starts that one before all else.
if TYPE_CHECKING:
    from harness.config.build import Parts
    from harness.sweep.plan import Planned
    from harness.trial.inputs import Inputs

EPOCHS = 2


@dataclass(frozen=True)
class Cost:
    """What one training took.

    place: of the trial that was trained, among those that were given; first, following: seconds of its first epoch, and
    of the next one, None where there is one alone; rest: seconds of all that comes after its last epoch; size: bytes of
    its record.
    """

    place: int
    first: float
    following: float | None
    rest: float
    size: int

    def seconds(self, epochs: int) -> float:
        """Of a training of so many epochs."""
        return self.first + (self.following or 0) * (epochs - 1) + self.rest


# What it took, or why none of the trials could be trained.
Measured: TypeAlias = Cost | str


@contextmanager
def measuring() -> Iterator["Companion[Sequence[Planned], Measured]"]:
    """A process that trains the first that can be trained of the trials that it is given.

    It imports meanwhile what that takes. It computes as the process of a sweep does, and leaves nothing behind.
    """
    try:
        with (
            interrupted_once(),
            tempfile.TemporaryDirectory() as folder,
            Companion(partial(_prepare_process, Path(folder))) as companion,
        ):
            yield companion
    except KeyboardInterrupt:
        leave_at_once()


def trainings_of(parts: "Parts", inputs: "Inputs", trial: "Planned") -> int:
    """How many trainings one trial takes at most. Errors: `checked_space`."""
    if not parts.search:
        return 1
    from harness.search.study import checked_space

    space = checked_space(parts, inputs, trial.labels)
    return parts.search.planned(space, parts.training.epochs) + parts.search.repeats


def _prepare_process(folder: Path) -> "Callable[[Sequence[Planned]], Measured]":
    import_tensorflow()
    import harness.sweep.objectives
    import harness.trial.trial  # noqa: F401

    return partial(_measure_first, folder)


def _measure_first(folder: Path, trials: "Sequence[Planned]") -> Measured:
    reason = ""
    for place, trial in enumerate(trials):
        try:
            return _measure(folder / str(place), place, trial)
        except Exception as error:
            reason = in_one_line(error)
    return reason


def _measure(folder: Path, place: int, trial: "Planned") -> Cost:
    from harness.processes.before_computing import before_computing
    from harness.sweep.objectives import prepared
    from harness.trial.trial import train_and_write

    folder.mkdir()
    # An empty one: nothing of it is compiled.
    before_computing(trial.config["threads"], folder / "compiled")
    parts, inputs, network = prepared(trial)
    trainings_of(parts, inputs, trial)
    short = replace(parts, training=replace(parts.training, epochs=EPOCHS, patience=EPOCHS))
    began, ends = time.perf_counter(), []
    train_and_write(short, inputs, network, folder, lambda *_: ends.append(time.perf_counter()))
    rest = time.perf_counter() - ends[-1]
    size = sum(file.stat().st_size for file in (folder / "record").rglob("*") if file.is_file())
    following = ends[1] - ends[0] if len(ends) > 1 else None
    return Cost(place, ends[0] - began, following, rest, size)
