"""What is kept of a search: the repeats of its best, its tuner trials, and the line that says what to think of it."""

import csv
import io
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import yaml

from harness.errors import HarnessError
from harness.search.oracles.oracle import Proposal
from harness.search.space import Space
from harness.search.tuner_trial import NETWORK
from harness.trial import record

# Below a search's folder: the records of its tuner trials, and the tuner's own files.
TUNER_TRIALS, ORACLE = "tuner_trials", "tuner"


@dataclass(frozen=True)
class Tried:
    """A tuner trial that is over; score: its objective, or None where it failed."""

    proposal: Proposal
    score: float | None
    metrics: Mapping[str, float]
    reason: str


def ranked(tried: Sequence[Tried]) -> list[Tried]:
    """Those that gave a score, the lowest first."""
    return sorted((each for each in tried if each.score is not None), key=lambda each: each.score)


def write_search(parts, inputs, space, folder, tried, best, places, seconds) -> None:
    """Writes the record of the whole: the mean of the repeats, each of them, and the search.

    Args:
        folder: the trial's, where the networks of tuner trials and the tuner's own files stand.
        places: by seed, the folder of each repeat's record.
        seconds: what all of it took.

    Raises:
        HarnessError: not one repeat gave a result.
    """
    written = {seed: record.read(place) for seed, place in places.items()}
    done = {seed: each for seed, each in written.items() if each["status"] == "FINISHED"}
    if not done:
        reasons = "; ".join(dict.fromkeys(each["tags"]["failure"] for each in written.values()))
        raise HarnessError(f"the best values of the search failed with every fresh seed: {reasons}")
    panels = {seed: record.scalar_metrics(record.scalars(each["points"])) for seed, each in done.items()}
    metrics = {name: float(np.mean([panel[name] for panel in panels.values()])) for name in next(iter(panels.values()))}
    said = note(parts.search.objective, space, tried, best, panels, len(written))
    objective = [(f"search/{parts.search.objective}", each.score, each.proposal.number) for each in _scored(tried)]
    totals = {
        "search/oracle_seconds": sum(each.proposal.seconds for each in tried),
        "search/train_seconds": _train_seconds(tried),
        "search/tuner_trials": len(tried),
        "search/failed": sum(each.score is None for each in tried),
    }
    first_seed, first = next(iter(done.items()))
    tags = {"parameters": first["tags"]["parameters"], "seconds": str(seconds), "note": said}
    baselines = record.outcome_file(places[first_seed])["baselines"]
    repeats = {str(seed): panel for seed, panel in panels.items()}
    outputs = [name for name, _, _ in first["points"]].count("test_rmse_by_output")
    by_output = np.mean([_curve(each["points"], "test_rmse_by_output", outputs) for each in done.values()], axis=0)
    points = [(name, value, 0) for name, value in {**metrics, **totals}.items()] + objective
    points += [("test_rmse_by_output", float(value), place) for place, value in enumerate(by_output)]
    chosen = min(panels, key=lambda seed: panels[seed][parts.search.objective])
    kept = places[chosen] / record.FOLDER
    network = keras.models.load_model(kept / "network.keras"), np.load(kept / "example.npy")
    record.write(
        folder,
        points,
        tags,
        lambda files: _write_files(files, folder, parts, inputs, tried, best, said),
        network=network,
        outcome={"baselines": baselines, "repeats": repeats, "best": dict(best.proposal.values)},
    )


def _scored(tried):
    return [each for each in tried if each.score is not None]


def _train_seconds(tried: Sequence[Tried]) -> float:
    """One that goes on from another has the other's seconds in its own."""
    seconds = {each.proposal.number: each.metrics.get("train_seconds", 0.0) for each in tried}
    goes_on = [each.proposal for each in tried if each.score is not None and each.proposal.goes_on_from is not None]
    return sum(seconds.values()) - sum(seconds[proposal.goes_on_from] for proposal in goes_on)


def _curve(points, name, length):
    values = np.full(length, np.nan)
    for each, value, step in points:
        if each == name:
            values[step] = value
    return values


def note(
    objective: str, space: Space, tried: Sequence[Tried], best: Tried, panels: Mapping[int, Any], asked: int
) -> str:
    """The search's line in the report: the best values, edges, and how far its best score holds elsewhere.

    panels: by seed, the metrics of each repeat; asked: how many repeats there were to be.
    """
    edges = space.edges(best.proposal.values)
    shown = ", ".join(
        f"{key}={value:.4g}" if isinstance(value, float) else f"{key}={value}"
        for key, value in best.proposal.values.items()
    )
    failed = sum(each.score is None for each in tried)
    said = [f"best of {len(tried)} tuner trials{f' ({failed} failed)' if failed else ''}: {shown}"]
    for key, end in edges.items():
        said.append(f"{key} sits at the {end} edge of its range: widen it")
    again = np.array([panel[objective] for panel in panels.values()])
    test = np.array([panel[objective.replace("val_", "test_")] for panel in panels.values()])
    seeds = f"{len(again)} fresh seeds" + (f" ({asked - len(again)} failed)" if asked > len(again) else "")
    said.append(
        f"{objective} {best.score:.4g} at best in the search, {_spread(again)} with {seeds} "
        f"({again.mean() / best.score - 1:+.1%}), on test {_spread(test)} ({test.mean() / best.score - 1:+.1%})"
    )
    return "; ".join(said)


def _spread(values: np.ndarray) -> str:
    return f"{values.mean():.4g}" + (f" ± {values.std(ddof=1):.2g}" if len(values) > 1 else "")


def _write_files(files, folder, parts, inputs, tried, best, said) -> None:
    from harness.plots import trial as figures

    (files / "config.yaml").write_text(yaml.safe_dump(dict(parts.config), sort_keys=False))
    np.save(files / "weights.npy", inputs.weights)
    place = files / "search"
    (place / "networks").mkdir(parents=True)
    (place / "best.txt").write_text("".join(f"{key}={_text(v)}\n" for key, v in best.proposal.values.items()))
    (place / "note.txt").write_text(f"{said}\n")
    (place / "tuner_trials.csv").write_text(_csv(tried))
    for each in ranked(tried):
        network = folder / TUNER_TRIALS / f"{each.proposal.number:04}" / NETWORK
        if network.exists():
            shutil.copyfile(network, place / "networks" / f"tuner_trial_{each.proposal.number:04}.keras")
    with suppress(FileNotFoundError):
        shutil.copytree(folder / ORACLE, place / ORACLE)
    scores = np.array([np.nan if each.score is None else each.score for each in tried])
    objective = parts.metrics.of(parts.search.objective)
    unit = inputs.data.unit if objective.has_unit else ""
    figure = figures.search(scores, parts.search.objective, unit, lower_is_better=objective.lower_is_better)
    figure.savefig(files / "search.png")


def _text(value: Any) -> str:
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _csv(tried: Sequence[Tried]) -> str:
    keys = list(dict.fromkeys(key for each in tried for key in each.proposal.values))
    metrics = list(dict.fromkeys(key for each in tried for key in each.metrics))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["tuner_trial", *keys, "goes_on_from", *metrics, "oracle_seconds", "failure"])
    for each in tried:
        values = [each.proposal.values.get(key, "") for key in keys]
        before = "" if each.proposal.goes_on_from is None else each.proposal.goes_on_from
        scores = [each.metrics.get(key, "") for key in metrics]
        writer.writerow([each.proposal.number, *values, before, *scores, f"{each.proposal.seconds:.4f}", each.reason])
    return text.getvalue()
