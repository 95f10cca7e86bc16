"""Under which metric each variant is at home, and whether the ranking turns between such metrics."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from harness.audit.formula import Formula, factor_between
from harness.audit.probes import Batch
from harness.metrics import BUILT_IN, Metric
from harness.plots.drawing import in_unit
from harness.report.results import Results, Variant
from harness.report.section import Section, Table
from harness.run import Run

TITLE = "Objective and metric"
UNKNOWN = "not known"
NONE = "none of these"


def home(results: Results) -> Section:
    """For every variant the metric that its own training minimises, and its mean and rank under each such metric."""
    metrics = [metric for metric in BUILT_IN if metric.objective and _everywhere(results, metric)]
    if not metrics:
        return Section(TITLE, ["These runs hold no metric that a loss variant trains for."])
    homes = {variant.name: _home(variant, metrics) for variant in results.variants}
    means = {metric.name: _means(results.variants, metric) for metric in metrics}
    ranks = {name: np.argsort(np.argsort(values, kind="stable"), kind="stable") + 1 for name, values in means.items()}
    rows = [
        [
            variant.name,
            homes[variant.name],
            *(end for m in metrics for end in (means[m.name][i], int(ranks[m.name][i]))),
        ]
        for i, variant in enumerate(results.variants)
    ]
    columns = [
        column for m in metrics for column in (in_unit(f"{_on_test(m)} ", results.unit).strip(), f"rank {m.name}")
    ]
    caption = (
        "A variant is at home under the metric that orders networks as its own training objective does: the same "
        "formula under the same weights, up to a factor. Such a metric is not neutral between variants. The means are "
        "over seeds."
    )
    table = Table("home", caption, ["variant", "at home under", *columns], rows)
    return Section(TITLE, [*_at_home(homes, metrics), *_turns(results.variants, metrics, means)], [table])


def _on_test(metric: Metric) -> str:
    return f"test_{metric.name}"


def _everywhere(results: Results, metric: Metric) -> bool:
    return all(_on_test(metric) in run.metrics for variant in results.variants for run in variant.seeds.values())


def _means(variants: Sequence[Variant], metric: Metric) -> np.ndarray:
    """[variants], over the seeds, lower is better."""
    return np.array([metric.lowest_is_best(v.scores(_on_test(metric))).mean() for v in variants], float)


def _home(variant: Variant, metrics: Sequence[Metric]) -> str:
    trained = variant.first
    if not trained.batch or not trained.test:
        return UNKNOWN
    batch = Batch(trained.batch["y_true"], trained.batch["y_pred"], trained.batch["rows"])
    own, size = Formula(trained.config["loss"], trained.weights), int(trained.params["train.batch_size"])
    if factor_between(own, own, batch, size) is None:
        return UNKNOWN
    evaluation = _evaluation_weights(trained)
    for metric in metrics:
        weights = evaluation if metric.weighted else np.ones(trained.weights.shape[-1])
        if weights is None or metric.objective is None:
            continue
        if factor_between(own, Formula(metric.objective, weights), batch, size) is not None:
            return _on_test(metric)
    return NONE


def _evaluation_weights(trained: Run) -> np.ndarray | None:
    """What the metrics weigh errors with, for the training samples; None where a store does not say it."""
    weights = trained.test["evaluation_weights"]
    if weights.ndim == 1:
        return weights
    same = trained.config["evaluate"]["weights"] == trained.config["weights"]
    return trained.weights if same else None


def _at_home(homes: dict[str, str], metrics: Sequence[Metric]) -> list[str]:
    sentences = []
    for place in [*map(_on_test, metrics), NONE, UNKNOWN]:
        names = [name for name, own in homes.items() if own == place]
        if names and place == UNKNOWN:
            sentences.append(f"The objective is not known as a formula: {', '.join(names)}.")
        elif names:
            sentences.append(f"At home under {place}: {', '.join(names)}.")
    return sentences


def _turns(variants: Sequence[Variant], metrics: Sequence[Metric], means: dict[str, np.ndarray]) -> list[str]:
    """For every two weighted metrics, whether they rank the variants alike."""
    if len(variants) < 2:
        return []
    sentences, pairs = [], list(combinations(range(len(variants)), 2))
    for one, other in combinations([metric for metric in metrics if metric.weighted], 2):
        a, b = means[one.name], means[other.name]
        turned = [(i, j) for i, j in pairs if (a[i] - a[j]) * (b[i] - b[j]) < 0]
        first, second = variants[int(a.argmin())].name, variants[int(b.argmin())].name
        between = f"{_on_test(one)} and {_on_test(other)}"
        if not turned:
            sentences.append(f"The ranking is the same under {between}.")
        elif first == second:
            sentences.append(
                f"The ranking turns between {between} in {len(turned)} of {len(pairs)} pairs of variants; {first} is "
                "first under both."
            )
        else:
            sentences.append(
                f"The ranking turns between {between} in {len(turned)} of {len(pairs)} pairs of variants: {first} is "
                f"first under the one, {second} under the other."
            )
    return sentences
