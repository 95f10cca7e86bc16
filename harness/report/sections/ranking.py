"""The ranking of all variants and of the naive baselines among them, and what a choice among them costs."""

from collections.abc import Sequence

import numpy as np

from harness.errors import InputError
from harness.plots.comparison import seed_scatter
from harness.plots.drawing import in_unit
from harness.report.criterion import Criterion
from harness.report.paired import paired
from harness.report.results import Results, Variant
from harness.report.section import Picture, Section, Table
from harness.report.settings import Settings
from harness.statistics.mean_test import FEW, mean_test
from harness.statistics.selection import expected_optimism

TITLE = "Ranking"
CHOSEN, LOSES = "chosen by validation", "worse than a baseline"


def ranking(results: Results, criterion: Criterion, settings: Settings, rng: np.random.Generator) -> Section:
    """Mean over seeds with an interval, each seed's value, skill, and the variant that validation chooses."""
    best, chosen = criterion.best_baseline(results), criterion.chosen(results.variants)
    rows, refusals = [], []
    for variant in results.variants:
        low, high, refusal = _interval(variant.scores(criterion.name), settings)
        rows.append(_row(variant, criterion, best, low, high, variant is chosen))
        refusals += [refusal] if refusal and refusal not in refusals else []
    for name, scores in results.baselines.items():
        if criterion.name in scores:
            rows.append([_plain(name), scores[criterion.name], None, None, None, None, "baseline", None, ""])
    rows.sort(key=lambda row: float(criterion.metric.lowest_is_best(row[1])))
    sentences = [
        _first(results, criterion),
        *_selection(results, criterion, chosen, settings, rng),
        *_losers(rows),
        *refusals,
    ]
    return Section(TITLE, sentences, [_table(rows, criterion, settings)], [_picture(results, criterion, best)])


def _interval(scores: np.ndarray, settings: Settings) -> tuple[float | None, float | None, str]:
    """(low, high, "") or, where there is no interval, (None, None, why)."""
    try:
        tested = mean_test(scores, confidence=settings.confidence)
    except InputError as error:
        return None, None, str(error)
    return tested.low, tested.high, ""


def _row(
    variant: Variant,
    criterion: Criterion,
    best: tuple[str, float] | None,
    low: float | None,
    high: float | None,
    chosen: bool,
) -> list:
    scores = variant.scores(criterion.name)
    skill = criterion.skill(list(scores), best[1]) if best else None
    notes = [CHOSEN] if chosen else []
    notes += [LOSES] if skill is not None and skill < 0 else []
    values = "; ".join(f"{seed}: {value:.4g}" for seed, value in zip(sorted(variant.seeds), scores, strict=True))
    on_validation = float(variant.scores(criterion.on_validation).mean())
    mean, note = float(scores.mean()), ", ".join(notes)
    return [variant.name, mean, low, high, skill, on_validation, note, len(scores), values]


def _table(rows: Sequence[list], criterion: Criterion, settings: Settings) -> Table:
    caption = (
        f"{in_unit(f'{criterion.name} ', criterion.unit)}, {criterion.direction}: the mean over seeds with its "
        f"{settings.confidence:.0%} interval: Student's t, from {FEW} seeds on widened to hold Hall's interval "
        "too, which allows for skewed values. Skill: the share by which a variant is better than the best naive "
        f"baseline. {criterion.on_validation} is what a variant may be chosen by; a variant chosen by {criterion.name} "
        "looks better than it is."
    )
    columns = ["variant", criterion.name, "low", "high", "skill", criterion.on_validation, "note", "seeds", "by seed"]
    return Table("ranking", caption, columns, rows)


def _picture(results: Results, criterion: Criterion, best: tuple[str, float] | None) -> Picture:
    scores = {
        variant.name: dict(zip(sorted(variant.seeds), variant.scores(criterion.name), strict=True))
        for variant in results.variants
    }
    figure = seed_scatter(
        scores,
        criterion.name,
        criterion.unit,
        best and (_plain(best[0]), best[1]),
        lower_is_better=criterion.metric.lower_is_better,
    )
    caption = (
        f"{criterion.name} of each seed. A line joins the networks of one seed, which start from the same initial "
        "weights. Where the lines run in parallel, the seed decides the level of all variants; where they cross, the "
        "seed decides as much as the variant does."
    )
    return Picture("seed_scatter", figure, caption)


def _first(results: Results, criterion: Criterion) -> str:
    ranked, metric = criterion.ranked(results.variants), criterion.metric
    unit = f" {criterion.unit}" if criterion.unit else ""
    sentence = f"{ranked[0].name} has the {metric.best_is} mean {criterion.name}, {_spread(ranked[0], criterion)}{unit}"
    if len(ranked) > 1:
        sentence += f"; {ranked[-1].name} has the {metric.worst_is}, {_spread(ranked[-1], criterion)}"
    return f"{sentence}. The next section says which differences are more than chance."


def _selection(
    results: Results, criterion: Criterion, chosen: Variant, settings: Settings, rng: np.random.Generator
) -> list[str]:
    """Which variant validation chooses, and by how much it, and the best on test, are expected to look too good."""
    if len(results.variants) < 2:
        return []
    ranked = criterion.ranked(results.variants)
    place = next(place for place, variant in enumerate(ranked, start=1) if variant is chosen)
    unit = f" {criterion.unit}" if criterion.unit else ""
    sentence = (
        f"Chosen by validation, the {criterion.metric.best_is} mean {criterion.on_validation}: {chosen.name}, on test "
        f"{_spread(chosen, criterion)}{unit}, place {place} of {len(ranked)}."
    )
    groups = paired(results, None)
    if len(groups) > 1 or len(groups[0].seeds) < 2:
        return [f"{sentence} What the choice costs needs two seeds that all variants share."]
    lowest, scores = criterion.metric.lowest_is_best, groups[0].scores(criterion.name)
    on_validation, size = groups[0].scores(criterion.on_validation), abs(float(scores.mean()))
    if not size:
        return [sentence]
    by_validation, by_test = (
        100 * expected_optimism(lowest(chooser), lowest(scores), resamples=settings.resamples, rng=rng) / size
        for chooser in (on_validation, scores)
    )
    return [
        f"{sentence} With new seeds the one chosen among {len(ranked)} is expected to be worse than it looks, by "
        f"{max(by_validation, 0):.2g} % if chosen by validation and by {max(by_test, 0):.2g} % if chosen by test: "
        "a choice picks the luck of the seeds along (a parametric bootstrap around empirical Bayes means)."
    ]


def _losers(rows: Sequence[list]) -> list[str]:
    lost = [row[0] for row in rows if LOSES in row[6]]
    return [f"These are worse than the best naive baseline: {', '.join(lost)}."] if lost else []


def _spread(variant: Variant, criterion: Criterion) -> str:
    scores = variant.scores(criterion.name)
    return f"{scores.mean():.4g}" + (f" ± {scores.std(ddof=1):.2g}" if len(scores) > 1 else "")


def _plain(name: str) -> str:
    return name.replace("_", " ")
