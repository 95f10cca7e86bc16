"""What a user sees in the terminal besides a sweep's progress."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from harness.spec import Outcome
from harness.terminal.table import METRICS, swept, to_rich


class Bar:
    """A bar for one trial: of its epochs, or of its search."""

    def __init__(self):
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[now]}"),
        )

    def __enter__(self):
        self._bar.start()
        self._task = self._bar.add_task("loading", total=None, now="")
        return self

    def __exit__(self, error, *_):
        # Above an error a bar that never moved says nothing.
        self._bar.update(self._task, visible=error is None)
        self._bar.stop()

    def expect(self, epochs: int, monitor: str) -> None:
        """Tells how many epochs there are at most."""
        self._monitor = monitor
        self._bar.update(self._task, description="epochs", total=epochs, now="reading the data, compiling")

    def epoch(self, epoch: int, history: Any) -> None:
        """After epoch `epoch`, counted from 1."""
        now = f"{self._monitor} {history.monitor[-1]:.4g}, best {min(history.monitor):.4g}"
        self._bar.update(self._task, completed=epoch, now=now)

    def search(self, standing: Any) -> None:
        """After every tuner trial and every repeat of a search; standing: a `harness.search.study.Progress`."""
        now = "" if standing.best is None else f"best {standing.best:.4g}"
        if 0 < standing.share < 1:
            left = self._bar.tasks[self._task].elapsed * (1 / standing.share - 1)
            now += f", about {left // 60:.0f} min {left % 60:.0f} s left"
        self._bar.update(self._task, description=standing.stage, completed=standing.done, total=standing.total, now=now)


def told(outcome: Outcome, keys: Sequence[str]) -> str:
    """A trial in the words of the command line: what is swept, and its seed."""
    shown = {key: outcome.labels[key] for key in keys if key in outcome.labels}
    return " ".join(f"{key}={value}" for key, value in {**shown, "seed": outcome.seed}.items())


def tell_start(name: str, planned: Sequence[Any], done: Collection[str], left: Sequence[Any]) -> None:
    """How many trials there are, how many of them are done, and how many stand for each other."""
    before = sum(trial.fingerprint in done for trial in planned)
    twins = len(planned) - before - len(left)
    said = f"{len(planned)} trials, sweep {name}"
    if before or not left:
        said += f": {before} of {len(planned)} done before, {len(left) or 'nothing'} to go"
    if twins:
        said += f"; {twins} the same as another and trained once"
    console = Console(highlight=False, soft_wrap=True)
    console.print(said)
    for refusal in dict.fromkeys(trial.refusal for trial in left if trial.refusal):
        count = sum(trial.refusal == refusal for trial in left)
        console.print(f"[red]{count} of them cannot work[/red]: {escape(refusal)}")


def tell_trial(outcome: Outcome, look: Sequence[str]) -> None:
    """The panel of one trial beside the baselines', and where to look next."""
    caption = "skill: share gained on the best baseline by test_weighted_rmse"
    table = Table(caption=caption, caption_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("")
    for metric in METRICS:
        table.add_column(metric.replace("_", " "), justify="right")
    for name, scores in {"network": outcome.metrics, **outcome.baselines}.items():
        figures = [f"{scores[metric]:.4g}" if metric in scores else "" for metric in METRICS]
        table.add_row(name.replace("_", " "), *figures, style="" if name == "network" else "dim")
    console = Console()
    console.print(table)
    if outcome.reason:
        console.print(f"The result {outcome.reason}", style="red", highlight=False, soft_wrap=True)
    if outcome.note:
        console.print(f"Search: {outcome.note}", highlight=False, soft_wrap=True)
    run = f", run {outcome.run_id}" if outcome.run_id else ""
    seeds = f"mean of {len(outcome.repeats)} seeds, " if outcome.repeats else ""
    told = f"{seeds}{outcome.metrics['epochs']:.0f} epochs, {outcome.seconds:.0f} s{run}"
    console.print(told, highlight=False, soft_wrap=True)
    for line in look:
        console.print(line, highlight=False, soft_wrap=True)


def tell_sweep(outcomes: Sequence[Outcome], folder: Path, look: Sequence[str]) -> None:
    """The table of a sweep, its failures, and where to look next."""
    console = Console()
    console.print(to_rich(outcomes, console.width))
    waiting = [outcome.reason for outcome in outcomes if outcome.status == "FINISHED" and outcome.reason]
    if waiting:
        told_of = f"{len(waiting)} results wait to be kept, and are when this is started again; the first {waiting[0]}"
        console.print(told_of, style="red", highlight=False, soft_wrap=True)
    for reason, failed in _failures(outcomes).items():
        console.print(f"[red]FAILED[/red] {'; '.join(failed)}: {escape(reason)}", highlight=False, soft_wrap=True)
    keys = swept([outcome.labels for outcome in outcomes])
    for outcome in outcomes:
        if outcome.note:
            console.print(f"Search {told(outcome, keys)}: {escape(outcome.note)}", highlight=False, soft_wrap=True)
    console.print(f"The table as CSV: {folder / 'table.csv'}", highlight=False, soft_wrap=True)
    for line in look:
        console.print(line, highlight=False, soft_wrap=True)


def _failures(outcomes: Sequence[Outcome]) -> dict[str, list[str]]:
    """Reason -> the trials that failed for it."""
    keys, failures = swept([outcome.labels for outcome in outcomes]), {}
    for outcome in outcomes:
        if outcome.status != "FINISHED":
            failures.setdefault(outcome.reason, []).append(told(outcome, keys))
    return failures
