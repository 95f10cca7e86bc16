"""How a sweep goes, while it goes: trials done and failed, time left, the best so far."""

import time
from collections.abc import Callable, Mapping, Sequence
from threading import Event, Thread
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from harness.spec import Outcome
from harness.terminal.messages import told
from harness.terminal.table import METRICS

SECONDS_BETWEEN_LOOKS = 0.5


class Progress:
    """Watches a sweep from a thread of its own, so that it works with any launcher.

    A line a finished trial, and below them, in a terminal, a bar.

    Args:
        read_outcomes: gives all outcomes so far, by the number of their trial.
        read_standings: gives how far each search that has begun is, by the number of its trial.
    """

    def __init__(
        self,
        read_outcomes: Callable[[], Mapping[int, Outcome]],
        read_standings: Callable[[], Mapping[int, Mapping[str, Any]]],
        trials: int,
        keys: Sequence[str],
    ):
        self._read_outcomes, self._read_standings = read_outcomes, read_standings
        self._trials, self._keys = trials, keys
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
        found = self._read_outcomes()
        for number in sorted(found.keys() - self._seen.keys()):
            self._seen[number] = found[number]
            self._bar.print(
                trial_line(found[number], self._keys, len(self._seen), self._trials), highlight=False, soft_wrap=True
            )
        searches = [each for number, each in self._read_standings().items() if number not in self._seen]
        if self._seen or searches:
            elapsed = time.monotonic() - self._began
            now = standing(list(self._seen.values()), self._trials, elapsed, searches)
            self._bar.update(self._task, completed=len(self._seen), now=now)


def trial_line(outcome: Outcome, keys: Sequence[str], done: int, trials: int) -> str:
    """One trial in one line: what is swept, and how it went."""
    if outcome.status != "FINISHED":
        return f"{done}/{trials} [red]{outcome.status}[/red] {told(outcome, keys)}: {escape(outcome.reason)}"
    skill = f", skill {outcome.metrics['skill']:.3f}" if "skill" in outcome.metrics else ""
    score = f"{METRICS[0]} {outcome.metrics[METRICS[0]]:.4g}"
    return f"{done}/{trials} {told(outcome, keys)}: {score}{skill}, {outcome.seconds:.0f} s"


def standing(
    outcomes: Sequence[Outcome], trials: int, elapsed: float, searches: Sequence[Mapping[str, Any]] = ()
) -> str:
    """Failed trials, time left at the pace so far, the best trial so far by the panel's first metric.

    searches: how far each search that runs now is, as `harness.search.study.Progress` has it; they count
    by their share done.
    """
    finished = [outcome for outcome in outcomes if outcome.status == "FINISHED"]
    done = len(outcomes) + sum(each["share"] for each in searches)
    left = elapsed / done * (trials - done) if done else 0.0
    said = [f"{len(outcomes) - len(finished)} failed, {left // 60:.0f} min {left % 60:.0f} s left"]
    if finished:
        said.append(f"best {min(o.metrics[METRICS[0]] for o in finished):.4g}")
    if searches:
        said.append("searching: " + ", ".join(f"{each['done']}/{each['total']} {each['stage']}" for each in searches))
        known = [each["best"] for each in searches if each["best"] is not None]
        said += [f"best of these {min(known):.4g}"] if known else []
    return ", ".join(said)
