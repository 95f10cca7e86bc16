"""The files that are kept of a search."""

import csv
import io
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import yaml

from harness.search.trainings import ORACLE, TUNER_TRIALS, Asked
from harness.search.tried import Tried, ranked
from harness.search.tuner_trial import NETWORK


def write_files(files: Path, folder: Path, asked: Asked, tried: Sequence[Tried], best: Tried, note: str) -> None:
    """Writes config.yaml, weights.npy, a picture, and below search/ what is known of the tuner trials.

    Args:
        files: where to.
        folder: the search's, where the networks of its tuner trials and the oracle's own files stand.
    """
    from harness.plots import trial as figures
    from harness.plots.drawing import write_picture

    (files / "config.yaml").write_text(yaml.safe_dump(dict(asked.parts.config), sort_keys=False))
    np.save(files / "weights.npy", asked.inputs.weights)
    place = files / "search"
    (place / "networks").mkdir(parents=True)
    values = best.proposal.values
    (place / "best.txt").write_text("".join(f"{key}={_in_yaml(value)}\n" for key, value in values.items()))
    (place / "note.txt").write_text(f"{note}\n")
    (place / "tuner_trials.csv").write_text(_csv(tried))
    for one, _ in ranked(tried, asked.metric):
        name = f"{one.proposal.number:04}"
        # Only those of the best are there.
        with suppress(FileNotFoundError):
            shutil.copyfile(folder / TUNER_TRIALS / name / NETWORK, place / "networks" / f"tuner_trial_{name}.keras")
    with suppress(FileNotFoundError):
        shutil.copytree(folder / ORACLE, place / ORACLE)
    scores = np.array([np.nan if one.score is None else one.score for one in tried])
    metric, unit = asked.metric, asked.inputs.data.unit if asked.metric.has_unit else ""
    figure = figures.search(scores, asked.parts.search.objective, unit, lower_is_better=metric.lower_is_better)
    write_picture(figure, files / "search.png")


def _in_yaml(value: object) -> str:
    """A value as an override has it."""
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _csv(tried: Sequence[Tried]) -> str:
    keys = list(dict.fromkeys(key for one in tried for key in one.proposal.values))
    metrics = list(dict.fromkeys(key for one in tried for key in one.metrics))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["tuner_trial", *keys, "resumes", *metrics, "oracle_seconds", "failure"])
    for one in tried:
        values = [one.proposal.values.get(key, "") for key in keys]
        resumes = "" if one.proposal.resumes is None else one.proposal.resumes
        scores = [one.metrics.get(key, "") for key in metrics]
        writer.writerow([one.proposal.number, *values, resumes, *scores, f"{one.proposal.seconds:.4f}", one.reason])
    return text.getvalue()
