"""The progress of a trial or a sweep: what is done and what failed, the time left, the best so far."""

import time
from collections.abc import Callable, Container, Mapping, Sequence
from threading import Event, Thread
from types import TracebackType
from typing import Any, Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

from harness.metrics import SKILL, Metric
from harness.spec import Outcome
from harness.terminal.console import fitting, open_console, print_pair, print_text
from harness.terminal.messages import FAILURE, describe_trial
from harness.terminal.table import Standard

SECONDS_BETWEEN_LOOKS = 0.5
SHORT_BAR, LONG_BAR, WIDE = 10, 40, 120
CLOCK = len("0:00:00")


class History(Protocol):
    """Of a training's history what is shown."""

    @property
    def monitor(self) -> Sequence[float]:
        """The monitored metric, one value an epoch."""
        ...


class Standing(Protocol):
    """How far a search is: see `harness.search.trainings.Progress`."""

    @property
    def stage(self) -> str: ...
    @property
    def done(self) -> int: ...
    @property
    def total(self) -> int: ...
    @property
    def best(self) -> float | None: ...
    @property
    def share(self) -> float: ...


class _Line:
    """One line at the bottom of a terminal: what is counted, a bar, the time, and words; nothing in a pipe."""

    def __init__(self, console: Console, counted: str, total: int | None, words: str):
        self._length = LONG_BAR if console.width >= WIDE else SHORT_BAR
        self.console = console
        columns: list[ProgressColumn] = [
            TextColumn("{task.description}", markup=False),
            BarColumn(self._length),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[words]}", markup=False),
        ]
        self._progress = RichProgress(*columns, console=console, disable=not console.is_terminal)
        self._task: TaskID = self._progress.add_task(counted, total=total, words=words)

    def start(self) -> None:
        self._progress.start()

    def stop(self, visible: bool = True) -> None:
        self._progress.update(self._task, visible=visible)
        self._progress.stop()

    def show(self, counted: str, done: int, total: int, pieces: list[str]) -> None:
        """pieces: the most important first; those without room are left out."""
        taken = len(counted) + self._length + 2 * len(str(total)) + 1 + CLOCK + 4
        words = fitting(pieces, self.console.width - taken)
        self._progress.update(self._task, description=counted, completed=done, total=total, words=words)

    @property
    def seconds(self) -> float:
        """Since it began."""
        return self._progress.tasks[0].elapsed or 0.0


class TrialProgress:
    """One trial's progress: of its epochs, or of its search."""

    def __init__(self) -> None:
        self._line = _Line(open_console(), "loading", None, "")

    def __enter__(self) -> Self:
        self._line.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A bar that never moved says nothing, and would stand above the error.
        self._line.stop(visible=error is None)

    def expect(self, epochs: int, monitor: str, metric: Metric) -> None:
        """Before training: at most so many epochs; metric: the one behind the name `monitor`."""
        self._epochs, self._monitor, self._metric = epochs, monitor, metric
        self._line.show("epochs", 0, epochs, ["reading the data, compiling"])

    def epoch(self, epoch: int, history: History) -> None:
        """After epoch `epoch`, counted from 1."""
        best = f"best {self._metric.best(history.monitor):.4g}"
        self._line.show("epochs", epoch, self._epochs, [f"{self._monitor} {history.monitor[-1]:.4g}", best])

    def search(self, standing: Standing) -> None:
        """After every tuner trial and every repeat of a search."""
        pieces = [] if standing.best is None else [f"best {standing.best:.4g}"]
        if 0 < standing.share < 1:
            pieces.append(f"about {_minutes(self._line.seconds * (1 / standing.share - 1))} left")
        self._line.show(standing.stage, standing.done, standing.total, pieces)


class SweepProgress:
    """Watches a sweep from a thread of its own, so that it works with any launcher.

    Prints a line for each trial that ends, and below them, in a terminal, a bar.

    Args:
        read_outcomes: gives all outcomes so far, by the number of their trial.
        read_standings: gives how far each search that has begun is, by the number of its trial.
        silent: gives a message for each trial that has just fallen silent, of those that have not ended.
        first: the number of the first trial that is watched; trials: how many there are.
        keys: the swept keys.
        standard: what its trials are evaluated by.
    """

    def __init__(
        self,
        read_outcomes: Callable[[], Mapping[int, Outcome]],
        read_standings: Callable[[], Mapping[int, Mapping[str, Any]]],
        silent: Callable[[Container[int]], Sequence[str]],
        first: int,
        trials: int,
        keys: Sequence[str],
        standard: Standard,
    ):
        self._first = first
        self._read_outcomes, self._read_standings, self._silent = read_outcomes, read_standings, silent
        self._trials, self._keys, self._standard = trials, keys, standard
        self._over = Event()
        self._seen: dict[int, Outcome] = {}

    def __enter__(self) -> Self:
        self._line = _Line(open_console(), "trials", self._trials, "starting the workers")
        self._began = time.monotonic()
        self._line.start()
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._look()
        self._line.stop()

    def _watch(self) -> None:
        while not self._over.wait(SECONDS_BETWEEN_LOOKS):
            self._look()

    def _look(self) -> None:
        outcomes = {n: outcome for n, outcome in self._read_outcomes().items() if n >= self._first}
        for number in sorted(outcomes.keys() - self._seen.keys()):
            outcome = self._seen[number] = outcomes[number]
            trial, result = trial_and_result(outcome, self._keys, self._standard, len(self._seen), self._trials)
            style = "" if outcome.status == "FINISHED" else FAILURE
            print_pair(f"{trial}:", result, style, console=self._line.console)
        for message in self._silent(self._seen):
            print_text(message, FAILURE, console=self._line.console)
        searches = [search for n, search in self._read_standings().items() if n >= self._first and n not in self._seen]
        if self._seen or searches:
            elapsed = time.monotonic() - self._began
            pieces = standing(list(self._seen.values()), self._standard, self._trials, elapsed, searches)
            self._line.show("trials", len(self._seen), self._trials, pieces)


def trial_and_result(
    outcome: Outcome, keys: Sequence[str], standard: Standard, done: int, trials: int
) -> tuple[str, str]:
    """A trial by what is swept, and its result."""
    trial = f"{done}/{trials} {describe_trial(outcome.labels, keys, outcome.seed, outcome.fold)}"
    if outcome.status != "FINISHED":
        return trial, f"{outcome.status}, {outcome.reason}"
    name = standard.ranked_by
    score = f"{name} {outcome.metrics[name]:.4g}" if name in outcome.metrics else f"no {name}"
    skill = f", skill {outcome.metrics[SKILL]:.3f}" if SKILL in outcome.metrics else ""
    return trial, f"{score}{skill}, {outcome.seconds:.0f} s"


def standing(
    outcomes: Sequence[Outcome],
    standard: Standard,
    trials: int,
    elapsed: float,
    searches: Sequence[Mapping[str, Any]] = (),
) -> list[str]:
    """Failed trials, time left at the pace so far, the best trial so far, and how far each search is.

    searches: how far each search that runs now is, as `harness.search.trainings.Progress` has it; they count
    by their share done.
    """
    finished = [outcome for outcome in outcomes if outcome.status == "FINISHED"]
    done = len(outcomes) + sum(search["share"] for search in searches)
    left = elapsed / done * (trials - done) if done else 0.0
    pieces = [f"{len(outcomes) - len(finished)} failed", f"{_minutes(left)} left"]
    scores = [o.metrics[standard.ranked_by] for o in finished if standard.ranked_by in o.metrics]
    if scores:
        pieces.append(f"best {standard.metric.best(scores):.4g}")
    for search in searches:
        best = "" if search["best"] is None else f" (best {search['best']:.4g})"
        pieces.append(f"search {search['done']}/{search['total']} {search['stage']}{best}")
    return pieces


def _minutes(seconds: float) -> str:
    return f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
