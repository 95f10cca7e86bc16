"""The verdicts of a sweep, from the outcomes of its trials."""

import json
from collections.abc import Mapping, Sequence

import numpy as np

from harness.config.variant import variant_name
from harness.kinds import Config
from harness.report.verdict import Scores, Verdict, verdict_on
from harness.spec import Outcome
from harness.sweep.plan import Planned
from harness.terminal.table import Standard, swept


def verdicts(
    planned: Sequence[Planned],
    outcomes: Sequence[Outcome],
    report: Config,
    standard: Standard,
    by_looks: bool,
) -> list[Verdict]:
    """One for each choice of data and evaluation; none where a sweep has one variant, or no result.

    Args:
        planned, outcomes: of the same trials, in the same order.
        report: the section `report` of the config.
        by_looks: see `decide`.
    """
    keys = swept([trial.labels for trial in planned])
    problems: dict[str, list[tuple[Planned, Outcome]]] = {}
    for trial, outcome in zip(planned, outcomes, strict=True):
        problem = json.dumps([trial.config["data"], trial.config["evaluate"]], sort_keys=True)
        problems.setdefault(problem, []).append((trial, outcome))
    found = [
        (members[0][0].names["data"], *_scores(members, keys, standard.ranked_by)) for members in problems.values()
    ]
    return [
        verdict_on(
            scores,
            baselines,
            on=data if len(found) > 1 else "",
            metric=standard.metric,
            name=standard.ranked_by,
            confidence=1 - (1 - report["confidence"]) / len(found),
            margin=report["margin"],
            by_looks=by_looks,
        )
        for data, scores, baselines in found
        if len(scores) > 1 and any(scores.values())
    ]


def on_common_seeds(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Those of the seeds that every variant with a result has: means over others would not compare like with like."""
    seeds: dict[tuple, set[int]] = {}
    for outcome in outcomes:
        if outcome.status == "FINISHED":
            seeds.setdefault(tuple(outcome.labels.items()), set()).add(outcome.seed)
    common = set.intersection(*seeds.values()) if seeds else set()
    return [outcome for outcome in outcomes if outcome.seed in common or outcome.status != "FINISHED"]


def name_of(labels: Mapping[str, str], keys: Sequence[str]) -> str:
    """A variant's name by the swept keys."""
    return variant_name({key: labels[key] for key in keys if key in labels})


def _scores(
    members: Sequence[tuple[Planned, Outcome]], keys: Sequence[str], metric: str
) -> tuple[Scores, Mapping[str, float]]:
    """(by variant and replicate, of the naive baselines, the mean over folds)."""
    scores: dict[str, dict[tuple[int, int], float]] = {}
    baselines: dict[str, dict[int, float]] = {}
    for trial, outcome in members:
        own = scores.setdefault(name_of(trial.labels, keys), {})
        if outcome.status != "FINISHED":
            continue
        repeats = {int(seed): metrics for seed, metrics in outcome.repeats.items()} or {outcome.seed: outcome.metrics}
        for seed, metrics in repeats.items():
            if np.isfinite(metrics.get(metric, np.nan)):
                own[seed, outcome.fold] = metrics[metric]
        for name, values in outcome.baselines.items():
            if metric in values:
                baselines.setdefault(name, {})[outcome.fold] = values[metric]
    return scores, {name: float(np.mean(list(folds.values()))) for name, folds in baselines.items()}
