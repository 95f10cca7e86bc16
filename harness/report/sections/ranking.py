"""The ranking by the metric of the report, and what a choice among so many variants costs."""

import numpy as np

from harness.errors import InputError
from harness.metrics import skill
from harness.plots.comparison import seed_scatter
from harness.plots.drawing import in_unit
from harness.report.paired import paired
from harness.report.results import Results, Variant
from harness.report.section import Picture, Section, Table
from harness.report.settings import Settings
from harness.statistics.mean_test import FEW, mean_test
from harness.statistics.selection import expected_optimism

CHOSEN, LOSES = "chosen by validation", "loses to a baseline"


def ranking(results: Results, settings: Settings, rng: np.random.Generator) -> Section:
    """Mean over seeds with an interval, each seed's value, skill, and the variant that validation chooses."""
    metric, said = settings.metric, []
    validation = f"val_{metric.removeprefix('test_')}"
    chosen = min(results.variants, key=lambda each: each.scores(validation).mean())
    baselines = {name: scores[metric] for name, scores in results.baselines.items() if metric in scores}
    best = min(baselines, key=lambda name: baselines[name]) if baselines else None
    rows = []
    for each in results.variants:
        scores = each.scores(metric)
        try:
            tested = mean_test(scores, confidence=settings.confidence)
            low, high = tested.low, tested.high
        except InputError as error:
            low, high = None, None
            if str(error) not in said:
                said.append(str(error))
        gained = float(np.mean([skill(score, baselines.values()) for score in scores])) if best else None
        notes = [CHOSEN] if each is chosen else []
        notes += [LOSES] if gained is not None and gained < 0 else []
        values = "; ".join(f"{seed}: {value:.4g}" for seed, value in zip(sorted(each.seeds), scores, strict=True))
        on_validation = float(each.scores(validation).mean())
        note = ", ".join(notes)
        rows.append([each.name, float(scores.mean()), low, high, gained, on_validation, note, len(scores), values])
    for name, score in baselines.items():
        rows.append([name.replace("_", " "), score, None, None, None, None, "baseline", None, ""])
    rows.sort(key=lambda row: row[1])
    judged = in_unit(f"{metric} ", results.unit)
    table = Table(
        "ranking",
        f"{judged}, mean over seeds with its {settings.confidence:.0%} interval: Student's t, from {FEW} seeds on "
        "widened to hold Hall's interval too, which allows for skewed values. Skill: the share gained on the best "
        f"naive baseline. {validation} is what a variant may be chosen by; choosing by {metric} makes the chosen one "
        "look better than it is.",
        ["variant", metric, "low", "high", "skill", validation, "note", "seeds", "each seed"],
        rows,
    )
    scatter = {each.name: dict(zip(sorted(each.seeds), each.scores(metric), strict=True)) for each in results.variants}
    picture = Picture(
        "seed_scatter",
        seed_scatter(scatter, results.unit, None if best is None else (best.replace("_", " "), baselines[best])),
        f"{metric} of each seed. Lines join one seed's networks, which began alike: where they run in parallel, the "
        "seed matters, where they cross, the variant does not matter more than the seed.",
    )
    return Section(
        "Ranking",
        [
            _first(results, metric),
            *_selection(results, chosen, validation, settings, rng),
            *_losers(rows),
            *said,
        ],
        [table],
        [picture],
    )


def _first(results: Results, metric: str) -> str:
    ranked = sorted(results.variants, key=lambda each: each.scores(metric).mean())
    winner = ranked[0]
    told = f"{winner.name} has the lowest mean {metric}, {_spread(winner, metric)}{_unit(results.unit)}"
    if len(ranked) > 1:
        told += f"; the highest is {ranked[-1].name}, {_spread(ranked[-1], metric)}"
    return f"{told}. Whether that means anything is said below."


def _selection(
    results: Results, chosen: Variant, validation: str, settings: Settings, rng: np.random.Generator
) -> list[str]:
    """Which variant validation chooses, and by how much it, and the lowest on test, are expected to look too good."""
    if len(results.variants) < 2:
        return []
    metric = settings.metric
    ranked = sorted(results.variants, key=lambda each: each.scores(metric).mean())
    told = (
        f"Chosen by validation, the lowest mean {validation}: {chosen.name}, on test "
        f"{_spread(chosen, metric)}{_unit(results.unit)}, place {ranked.index(chosen) + 1} of {len(ranked)}."
    )
    (group,) = found if len(found := paired(results, None)) == 1 else (None,)
    if group is None or len(group.seeds) < 2:
        return [f"{told} What the choice costs needs two seeds that all variants share."]
    scores = group.scores(metric)
    by_validation, by_test = (
        100 * expected_optimism(chooser, scores, resamples=settings.resamples, rng=rng) / scores.mean()
        for chooser in (group.scores(validation), scores)
    )
    return [
        f"{told} With new seeds the one chosen among {len(ranked)} is expected to be worse than it looks, by "
        f"{max(by_validation, 0):.2g} % if chosen by validation and by {max(by_test, 0):.2g} % if chosen by test: the "
        "luck of the seeds that a choice picks along (a parametric bootstrap around empirical Bayes means)."
    ]


def _losers(rows) -> list[str]:
    lost = [row[0] for row in rows if LOSES in row[6]]
    return [f"These lose to the best naive baseline: {', '.join(lost)}."] if lost else []


def _spread(variant: Variant, metric: str) -> str:
    scores = variant.scores(metric)
    return f"{scores.mean():.4g}" + (f" ± {scores.std(ddof=1):.2g}" if len(scores) > 1 else "")


def _unit(unit: str) -> str:
    return f" {unit}" if unit else ""
