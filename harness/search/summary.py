"""The record of a whole search: the mean of the repeats of its best, each of them, and its tuner trials."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from harness.errors import HarnessError
from harness.run import BY_OUTPUT, Run
from harness.search.files import write_files
from harness.search.note import note
from harness.search.trainings import Asked
from harness.search.tried import Tried, scored
from harness.trial import record


@dataclass(frozen=True)
class Searched:
    """A search that is over.

    Attributes:
        best, score: the best tuner trial, and its objective.
        repeats: by seed, the folder of each repeat's record.
        seconds: what all of it took.
    """

    tried: Sequence[Tried]
    best: Tried
    score: float
    repeats: Mapping[int, Path]
    seconds: float


def write_search(asked: Asked, searched: Searched, folder: Path) -> None:
    """Writes the record of a search into its trial's folder, where the networks and the oracle's files stand.

    Raises:
        HarnessError: not one repeat gave a result.
    """
    objective = asked.parts.search.objective
    written = {seed: record.read(place).as_run() for seed, place in searched.repeats.items()}
    done = {seed: run for seed, run in written.items() if run.status == "FINISHED"}
    if not done:
        reasons = "; ".join(dict.fromkeys(run.tags["failure"] for run in written.values()))
        raise HarnessError(f"the best values of the search failed with every fresh seed: {reasons}")
    by_seed = {seed: run.scalars for seed, run in done.items()}
    text = note(objective, asked.space, searched.tried, searched.best, searched.score, by_seed, len(written))
    first = next(iter(done))
    outcome = {
        "baselines": done[first].outcome["baselines"],
        "repeats": {str(seed): metrics for seed, metrics in by_seed.items()},
        "best": dict(searched.best.proposal.values),
    }
    tags = {"parameters": done[first].tags["parameters"], "seconds": str(searched.seconds), "note": text}
    pick = min if asked.metric.lower_is_better else max
    chosen = pick(by_seed, key=lambda seed: by_seed[seed][objective])
    kept = record.read(searched.repeats[chosen]).place
    network: Any = keras.models.load_model(kept / record.NETWORK)
    record.write(
        folder,
        _points(objective, searched.tried, by_seed, list(done.values())),
        tags,
        lambda files: write_files(files, folder, asked, searched.tried, searched.best, text),
        network=(network, np.load(kept / record.EXAMPLE)),
        outcome=outcome,
    )


def _points(
    objective: str,
    tried: Sequence[Tried],
    by_seed: Mapping[int, Mapping[str, float]],
    repeats: Sequence[Run],
) -> list[tuple[str, float, int]]:
    """The means of the repeats' metrics, the totals of the search, the objective of every tuner trial, and by output.

    repeats: those that gave a result.
    """
    names = next(iter(by_seed.values()))
    metrics = {name: float(np.mean([own[name] for own in by_seed.values()])) for name in names}
    totals = {
        "search/oracle_seconds": sum(one.proposal.seconds for one in tried),
        "search/train_seconds": _train_seconds(tried),
        "search/tuner_trials": len(tried),
        "search/failed": sum(one.score is None for one in tried),
    }
    points = [(name, float(value), 0) for name, value in {**metrics, **totals}.items()]
    points += [(f"search/{objective}", score, one.proposal.number) for one, score in scored(tried)]
    by_output = np.mean([run.by_output for run in repeats], axis=0)
    return points + [(BY_OUTPUT, float(value), place) for place, value in enumerate(by_output)]


def _train_seconds(tried: Sequence[Tried]) -> float:
    """The seconds of a tuner trial that resumes another hold the other's, too."""
    seconds = {one.proposal.number: one.metrics.get("train_seconds", 0.0) for one in tried}
    resumed = [one.proposal.resumes for one, _ in scored(tried) if one.proposal.resumes is not None]
    return sum(seconds.values()) - sum(seconds[number] for number in resumed)
