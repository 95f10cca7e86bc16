"""What a trial and a sweep print at their start and at their end."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from rich.text import Text

from harness.metrics import FIRST, SKILL
from harness.spec import Outcome
from harness.terminal.console import open_console, print_pointer, print_text, width_of, wrap
from harness.terminal.layout import Column, Layout, lay_out
from harness.terminal.table import Standard, caption, replicates, swept, to_layout

FAILURE, QUIET = "red", "dim"


class Planned(Protocol):
    """Of a planned trial what is printed: see `harness.sweep.plan.Planned`."""

    @property
    def fingerprint(self) -> str | None:
        """None where the trial is refused."""
        ...

    @property
    def refusal(self) -> str:
        """Why it is refused, or ""."""
        ...


def describe_trial(labels: Mapping[str, str], keys: Sequence[str], seed: int | None, fold: int = 0) -> str:
    """A trial in the words of the command line: its values of the swept `keys`, its seed where one is given, its fold.

    Fold 0 is the latest one and is not written.
    """
    shown = [f"{key}={labels[key]}" for key in keys if key in labels]
    replicate = [] if seed is None else [f"seed={seed}", *([f"fold={fold}"] if fold else [])]
    return " ".join([*shown, *replicate])


def print_start(
    name: str, planned: Sequence[Planned], done: Collection[str], left: Sequence[Planned], in_rounds: bool
) -> None:
    """How many trials there are, how many of them are done, and how many stand for each other.

    in_rounds: whether more may follow.
    """
    before = sum(trial.fingerprint in done for trial in planned)
    twins = len(planned) - before - len(left)
    text = f"{len(planned)} trials{' in the first round' if in_rounds else ''}, sweep {name}"
    if before or not left:
        text += f": {before} of {len(planned)} done before, {len(left) or 'nothing'} to go"
    if twins:
        text += f"; {twins} the same as another and trained once"
    print_text(text)
    for refusal in dict.fromkeys(trial.refusal for trial in left if trial.refusal):
        count = sum(trial.refusal == refusal for trial in left)
        print_text(f"{count} of them cannot work: {refusal}", FAILURE)


def print_round(number: int, before: int, trials: int, seeds: Collection[int]) -> None:
    """A further round: how many trials it has, with which seeds."""
    which = f"seed {min(seeds)}" if len(seeds) == 1 else f"seeds {min(seeds)} to {max(seeds)}"
    print_text(f"Round {number}: {trials} more trials, {which}, of what is not shown to be worse ({before} before)")


def print_verdict(sentences: Sequence[str], end: str, following: str | None) -> None:
    """What a sweep says of its variants, why it ended, and what to type next."""
    if not sentences:
        return
    print_text("Verdict", "bold", indent="")
    console = open_console()
    for sentence in sentences:
        console.print(Text("\n".join(wrap(sentence, width_of(console), "- "))))
    if end:
        print_text(end)
    if following:
        print_pointer(f"Next: {following}")
    print_text("")


def print_notes(notes: Iterable[str]) -> None:
    """What a user is to know of how the samples were made, each sentence once."""
    for note in dict.fromkeys(notes):
        print_text(f"{note}.")


def print_trial(outcome: Outcome, standard: Standard, pointers: Sequence[str]) -> None:
    """The metrics of one trial beside the baselines', and where to look next."""
    table = {"network": outcome.metrics, **outcome.baselines}
    shown = [name for name in standard.names if name in outcome.metrics and name != "epochs"]
    names = Column("", [name.replace("_", " ") for name in table])
    figures = [
        Column(
            name,
            [f"{scores[name]:.4g}" if name in scores else "" for scores in table.values()],
            number=True,
            rank=0 if name == standard.ranked_by else 1 if name == SKILL else 1 + place,
        )
        for place, name in enumerate(shown)
    ]
    width = width_of(open_console())
    _print_table(lay_out([names, *figures], width), [name != "network" for name in table])
    if SKILL in shown:
        print_text(f"Skill is the share gained on the best baseline by test_{FIRST}.", QUIET)
    if outcome.reason:
        print_text(f"The result {outcome.reason}", FAILURE)
    if outcome.note:
        print_text(f"Search: {outcome.note}")
    run = f", run {outcome.run_id}" if outcome.run_id else ""
    seeds = f"mean of {len(outcome.repeats)} seeds, " if outcome.repeats else ""
    print_text(f"{seeds}{outcome.metrics['epochs']:.0f} epochs, {outcome.seconds:.0f} s{run}")
    for pointer in pointers:
        print_pointer(pointer)


def print_sweep(outcomes: Sequence[Outcome], standard: Standard, table: Path, pointers: Sequence[str]) -> None:
    """The table of a sweep, its failures, and where to look next.

    table: the file that holds it, which is absent where the store was out of reach.
    """
    layout, rows = to_layout(outcomes, standard, width_of(open_console()))
    _print_table(layout, [row.baseline for row in rows])
    print_text(caption(standard, replicates(outcomes)), QUIET, indent="")
    waiting = [outcome.reason for outcome in outcomes if outcome.status == "FINISHED" and outcome.reason]
    if waiting:
        waits = f"{len(waiting)} results wait to be kept. The same command keeps them. The first {waiting[0]}"
        print_text(waits, FAILURE)
    for reason, failed in _failures(outcomes).items():
        print_text(f"FAILED {'; '.join(failed)}: {reason}", FAILURE)
    keys = swept([outcome.labels for outcome in outcomes])
    for outcome in outcomes:
        if outcome.note:
            print_text(f"Search {describe_trial(outcome.labels, keys, outcome.seed, outcome.fold)}: {outcome.note}")
    for pointer in [*([f"The table as CSV: {table}"] if table.exists() else []), *pointers]:
        print_pointer(pointer)


def _print_table(layout: Layout, quiet: Sequence[bool]) -> None:
    """quiet: for each row, whether it is dimmed."""
    console = open_console()
    for line in layout.heading:
        console.print(Text(line, "bold"))
    console.print(Text(layout.rule))
    for lines, dim in zip(layout.rows, quiet, strict=True):
        for line in lines:
            console.print(Text(line, QUIET if dim else ""))


def _failures(outcomes: Sequence[Outcome]) -> dict[str, list[str]]:
    """Reason -> the trials that failed for it."""
    keys = swept([outcome.labels for outcome in outcomes])
    failures: dict[str, list[str]] = {}
    for outcome in outcomes:
        if outcome.status != "FINISHED":
            failures.setdefault(outcome.reason, []).append(
                describe_trial(outcome.labels, keys, outcome.seed, outcome.fold)
            )
    return failures
