"""The ranking on the panel's common metric."""

import numpy as np

from harness.errors import InputError
from harness.metrics import skill
from harness.plots.comparison import seed_scatter
from harness.plots.drawing import in_unit
from harness.report.results import Results, Variant
from harness.report.section import Picture, Section, Table
from harness.report.settings import Settings
from harness.statistics.interval import bootstrap_interval


def ranking(results: Results, settings: Settings, rng: np.random.Generator) -> Section:
    """Mean over seeds with a bootstrap interval, each seed's value, and skill against the best naive baseline."""
    metric, said = settings.metric, []
    baselines = {name: scores[metric] for name, scores in results.baselines.items() if metric in scores}
    best = min(baselines, key=baselines.get) if baselines else None
    rows = []
    for each in results.variants:
        scores = each.scores(metric)
        try:
            wanted = {"confidence": settings.confidence, "resamples": settings.resamples}
            low, high = bootstrap_interval(scores, **wanted, rng=rng)
        except InputError as error:
            low, high = None, None
            if str(error) not in said:
                said.append(str(error))
        gained = float(np.mean([skill(score, baselines.values()) for score in scores])) if best else None
        mark = "loses to a baseline" if gained is not None and gained < 0 else ""
        values = "; ".join(f"{seed}: {value:.4g}" for seed, value in zip(sorted(each.seeds), scores, strict=True))
        rows.append([each.name, float(scores.mean()), low, high, gained, mark, len(scores), values])
    for name, score in baselines.items():
        rows.append([name.replace("_", " "), score, None, None, None, "baseline", None, ""])
    rows.sort(key=lambda row: row[1])
    judged = in_unit(f"{metric} ", results.unit)
    table = Table(
        "ranking",
        f"{judged}, mean over seeds with its {settings.confidence:.0%} interval: of the bootstrap "
        "(BCa), with fewer than ten seeds Student's t, for a bootstrap of a few is too narrow. Skill: the share gained "
        "on the best naive baseline.",
        ["variant", metric, "low", "high", "skill", "note", "seeds", "each seed"],
        rows,
    )
    scatter = {each.name: dict(zip(sorted(each.seeds), each.scores(metric), strict=True)) for each in results.variants}
    picture = Picture(
        "seed_scatter",
        seed_scatter(scatter, results.unit, None if best is None else (best.replace("_", " "), baselines[best])),
        f"{metric} of each seed. Lines join one seed's networks, which began alike: where they run in parallel, the "
        "seed matters, where they cross, the variant does not matter more than the seed.",
    )
    return Section("Ranking", [_first(results, metric, best), *_losers(rows), *said], [table], [picture])


def _first(results: Results, metric: str, best: str | None) -> str:
    ranked = sorted(results.variants, key=lambda each: each.scores(metric).mean())
    winner = ranked[0]
    told = f"{winner.name} has the lowest mean {metric}, {_spread(winner, metric)}{_unit(results.unit)}"
    if len(ranked) > 1:
        told += f"; the highest is {ranked[-1].name}, {_spread(ranked[-1], metric)}"
    return f"{told}. Whether that means anything is said below."


def _losers(rows) -> list[str]:
    lost = [row[0] for row in rows if row[5] == "loses to a baseline"]
    return [f"These lose to the best naive baseline: {', '.join(lost)}."] if lost else []


def _spread(variant: Variant, metric: str) -> str:
    scores = variant.scores(metric)
    return f"{scores.mean():.4g}" + (f" ± {scores.std(ddof=1):.2g}" if len(scores) > 1 else "")


def _unit(unit: str) -> str:
    return f" {unit}" if unit else ""
