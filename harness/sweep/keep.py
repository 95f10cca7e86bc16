"""What stays of a sweep: its run in the store, and its table and verdict in its folder."""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.errors import TrackingError
from harness.report.verdict import Verdict
from harness.spec import Outcome
from harness.sweep.plan import Planned
from harness.terminal.messages import FAILURE, print_text
from harness.terminal.table import Standard, spreads, to_csv, to_text
from harness.tracking.logger import Logger, Opening
from harness.tracking.store import RunStore
from harness.trial.record import NESTED_IN

VERDICT = "verdict.json"


@dataclass(frozen=True)
class Said:
    """What a sweep ends with.

    end: why it ended, "" where that needs no word; following: what to type next, or None; merged: what was
    trained once under several names.
    """

    verdicts: Sequence[Verdict]
    end: str
    following: str | None
    merged: Sequence[str] = ()

    @property
    def sentences(self) -> list[str]:
        """Of all verdicts."""
        return [sentence for verdict in self.verdicts for sentence in verdict.sentences()]

    def as_json(self) -> dict[str, object]:
        """For programs."""
        found = {"verdicts": [each.as_json() for each in self.verdicts], "end": self.end, "next": self.following}
        return {**found, "merged": list(self.merged)}

    def text(self) -> str:
        """For the description of a run, in Markdown."""
        following = [f"Next: `{self.following}`"] if self.following else []
        lines = [*self.sentences, *filter(None, [self.end]), *following] if self.verdicts else []
        return "".join(f"{line}\n\n" for line in [*lines, *self.merged])


def is_kept(folder: Path, outcomes: Sequence[Outcome], standard: Standard) -> bool:
    """Whether the table of these outcomes stands in the folder.

    It does not where a trial was kept in the store and its process died before it could report that.
    """
    table = folder / "table.csv"
    return table.exists() and table.read_bytes() == to_csv(outcomes, standard).encode()


def close_dead(store: RunStore, left: Sequence[Planned], outcomes: Mapping[int, Outcome]) -> None:
    """A trial that died with its process could not end its run itself.

    What is nested in it is cut short and has not failed: the next start delivers its record again.
    """
    for number, trial in enumerate(left):
        outcome = outcomes.get(number)
        if trial.fingerprint and (outcome is None or outcome.status != "FINISHED"):
            own, why = trial.fingerprint, {"failure": outcome.reason if outcome else "lost by its launcher"}
            store.close_abandoned(lambda tags, own=own: tags.get(NESTED_IN) != own, "KILLED", {})
            store.close_abandoned(lambda tags, own=own: tags.get("fingerprint") != own, "FAILED", why)


def keep(
    logger: Logger,
    folder: Path,
    outcomes: Sequence[Outcome],
    shown: Sequence[Outcome],
    standard: Standard,
    said: Said,
) -> None:
    """Keeps the table, the outcomes, the verdict and the command with the sweep's run, and ends it.

    shown: those outcomes that the table is made of.
    """
    finished = sum(outcome.status == "FINISHED" for outcome in outcomes)
    logger.metrics([("finished", finished, 0), ("failed", len(outcomes) - finished, 0)])
    _keep_variants(logger, folder.name, shown, standard)
    with tempfile.TemporaryDirectory() as kept:
        files = {
            "table.csv": to_csv(shown, standard),
            "table.txt": to_text(shown, standard),
            "outcomes.json": json.dumps([asdict(outcome) for outcome in outcomes], indent=1),
            VERDICT: json.dumps(said.as_json(), indent=1),
            "sweep.yaml": (folder / "sweep.yaml").read_text(),
        }
        for name, text in files.items():
            (Path(kept) / name).write_text(text)
        logger.files(Path(kept))
    logger.close("FINISHED", {"description": f"{said.text()}```\n{files['table.txt']}\n```"})
    (folder / VERDICT).write_text(files[VERDICT])
    # The table stands in the folder only when the sweep's run is whole.
    partial = folder / "table.csv.partial"
    partial.write_text(files["table.csv"])
    partial.replace(folder / "table.csv")


def _keep_variants(logger: Logger, sweep: str, shown: Sequence[Outcome], standard: Standard) -> None:
    """A run for each variant and baseline: mean and deviation, which MLflow's UI does not compute."""
    for row, name, numbers in spreads(shown, standard):
        own, role = logger.below(), "baseline" if row.baseline else "variant"
        labels = {key: value for key, value in row.variant.items() if key}
        own.start(Opening(f"{role} {name}", {"role": role, "sweep": sweep, "variant": name}, labels))
        own.metrics([(metric, value, 0) for metric, value in numbers.items()])
        own.close("FINISHED", {})


@contextmanager
def store_may_be_out_of_reach() -> Iterator[None]:
    """A sweep continues without its store: its trials' records wait, and its own run is made at the next start."""
    try:
        yield
    except TrackingError as error:
        print_text(f"The store is out of reach: {error}", FAILURE)
