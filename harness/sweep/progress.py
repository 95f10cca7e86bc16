"""How a sweep goes, while it goes: trials done and failed, time left, the best so far."""

import time
from collections.abc import Sequence
from pathlib import Path
from threading import Event, Thread

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from harness.contracts import Outcome
from harness.report.table import METRICS
from harness.report.terminal import told
from harness.sweep.outcomes import read_outcomes

SECONDS_BETWEEN_LOOKS = 0.5


class Progress:
    """Watches a sweep's folder from a thread of its own, so that it works with any launcher.

    A line a finished trial, and below them, in a terminal, a bar.
    """

    def __init__(self, folder: Path, trials: int, keys: Sequence[str]):
        self._folder, self._trials, self._keys = folder, trials, keys
        self._over = Event()
        self._seen: dict[int, Outcome] = {}
        self._console = Console()

    def __enter__(self):
        self._bar = Bar(
            TextColumn("trials"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[now]}"),
            console=self._console,
        )
        self._task = self._bar.add_task("", total=self._trials, now="starting the workers")
        self._began = time.monotonic()
        self._bar.start()
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()
        self._look()
        self._bar.stop()

    def _watch(self):
        while not self._over.wait(SECONDS_BETWEEN_LOOKS):
            self._look()

    def _look(self):
        found = read_outcomes(self._folder)
        for number in sorted(found.keys() - self._seen.keys()):
            self._seen[number] = found[number]
            self._bar.print(
                trial_line(found[number], self._keys, len(self._seen), self._trials), highlight=False, soft_wrap=True
            )
        if self._seen:
            elapsed = time.monotonic() - self._began
            self._bar.update(
                self._task, completed=len(self._seen), now=standing(list(self._seen.values()), self._trials, elapsed)
            )


def trial_line(outcome: Outcome, keys: Sequence[str], done: int, trials: int) -> str:
    """One trial in one line: what is swept, and how it went."""
    if outcome.status != "FINISHED":
        return f"{done}/{trials} [red]{outcome.status}[/red] {told(outcome, keys)}: {escape(outcome.reason)}"
    skill = f", skill {outcome.metrics['skill']:.3f}" if "skill" in outcome.metrics else ""
    score = f"{METRICS[0]} {outcome.metrics[METRICS[0]]:.4g}"
    return f"{done}/{trials} {told(outcome, keys)}: {score}{skill}, {outcome.seconds:.0f} s"


def standing(outcomes: Sequence[Outcome], trials: int, elapsed: float) -> str:
    """Failed trials, time left at the pace so far, and the best trial so far by the panel's first metric."""
    finished = [outcome for outcome in outcomes if outcome.status == "FINISHED"]
    left = elapsed / len(outcomes) * (trials - len(outcomes))
    best = f", best {min(o.metrics[METRICS[0]] for o in finished):.4g}" if finished else ""
    return f"{len(outcomes) - len(finished)} failed, {left // 60:.0f} min {left % 60:.0f} s left{best}"
