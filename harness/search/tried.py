"""The tuner trials of a search that are over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import HarnessError
from harness.metrics import Metric
from harness.search.oracles.oracle import Proposal
from harness.trial import record


@dataclass(frozen=True)
class Tried:
    """A tuner trial that is over.

    Attributes:
        score: its objective, or None where it failed.
        metrics: its scalars, by name.
        reason: why it failed, or an empty text.
    """

    proposal: Proposal
    score: float | None
    metrics: Mapping[str, float]
    reason: str


def read_tried(proposal: Proposal, folder: Path, objective: str) -> Tried:
    """A tuner trial from the record in its folder."""
    run = record.read(folder).as_run()
    metrics = run.scalars
    score = metrics.get(objective)
    return Tried(proposal, None if score is None else float(score), metrics, run.tags.get("failure", ""))


def scored(tried: Sequence[Tried]) -> list[tuple[Tried, float]]:
    """Those that gave a score, with it, in their order."""
    return [(one, one.score) for one in tried if one.score is not None]


def ranked(tried: Sequence[Tried], metric: Metric) -> list[tuple[Tried, float]]:
    """Those that gave a score, with it, the best first; metric: the objective."""
    return sorted(scored(tried), key=lambda pair: pair[1], reverse=not metric.lower_is_better)


def best_of(tried: Sequence[Tried], metric: Metric) -> tuple[Tried, float]:
    """The best of them and its score; metric: the objective.

    Raises:
        HarnessError: all failed.
    """
    if in_order := ranked(tried, metric):
        return in_order[0]
    reasons = "; ".join(dict.fromkeys(one.reason for one in tried))
    raise HarnessError(f"all {len(tried)} tuner trials failed: {reasons}. resume=false tries again")
