"""The verdict: what is best, what is equivalent to it, what remains open; then every pair with the best one."""

from collections.abc import Sequence

import numpy as np

from harness.report.criterion import Criterion
from harness.report.results import Results
from harness.report.section import Section, Table
from harness.report.settings import Settings
from harness.report.verdict import Verdict, verdict_on
from harness.statistics.decide import Pair

TITLE = "Verdict"


def verdict(by_data: Sequence[Results], criterion: Criterion, settings: Settings, by_looks: bool) -> Section:
    """Sentences and a table for each data set; the folds of one are one.

    criterion: of the first data set; by_looks: see `decide`.
    """
    found = verdicts(by_data, criterion, settings, by_looks)
    if not found:
        return Section(TITLE, ["There is one variant: nothing to decide."])
    sentences = [sentence for each in found for sentence in each.sentences()]
    tables = [_table(each, settings, by_looks, place) for place, each in enumerate(found)]
    return Section(TITLE, sentences, tables)


def verdicts(by_data: Sequence[Results], criterion: Criterion, settings: Settings, by_looks: bool) -> list[Verdict]:
    """One for each data set with two variants or more; see `verdict`."""
    problems: dict[str, list[Results]] = {}
    for results in by_data:
        problems.setdefault(results.source, []).append(results)
    return [
        _verdict(members, criterion, settings, len(problems), by_looks)
        for members in problems.values()
        if len({variant.name for results in members for variant in results.variants}) > 1
    ]


def _verdict(
    members: Sequence[Results], criterion: Criterion, settings: Settings, problems: int, by_looks: bool
) -> Verdict:
    scores: dict[str, dict[tuple[int, int], float]] = {}
    for results in members:
        for variant in results.variants:
            own = scores.setdefault(variant.name, {})
            own |= {(seed, results.fold): run.metrics[criterion.name] for seed, run in variant.seeds.items()}
    names = dict.fromkeys(name for results in members for name in results.baselines)
    by_name = {name: [results.baselines.get(name, {}).get(criterion.name) for results in members] for name in names}
    baselines = {
        name: float(np.mean([value for value in values if value is not None]))
        for name, values in by_name.items()
        if None not in values
    }
    return verdict_on(
        scores,
        baselines,
        on=members[0].source if problems > 1 else "",
        metric=criterion.metric,
        name=criterion.name,
        confidence=1 - settings.level / problems,
        margin=settings.margin,
        by_looks=by_looks,
    )


def _table(found: Verdict, settings: Settings, by_looks: bool, place: int) -> Table:
    pairs, seeds = found.pairs, zip(found.names, found.seeds, strict=True)
    rows = [_row(found, name, count, pairs.get(name)) for name, count in seeds if name != found.best]
    order = {"worse": 2, "open": 1}
    rows.sort(key=lambda row: (order.get(str(row[1]), 0), row[3] is None, row[3]))
    held = (
        "whenever the sweep stops: each look at the seeds spends its share of the level (Lan and DeMets 1983)"
        if by_looks
        else "for a number of seeds that was fixed beforehand; sweep.until=decided adds seeds and keeps the level"
    )
    caption = (
        f"Every variant beside {found.best}, by {found.name}: the mean difference over the seeds that both have, in "
        f"% of a mean, with an interval. All pairs of variants are decided at once: in at most {settings.level:.0%} of "
        f"such sweeps anything that is claimed is wrong, {held}. A variant is worse, too, where another than the best "
        "one is shown to be better. All of this is about chance over seeds, on these test windows."
    )
    sizes = ["difference [%]", "low [%]", "high [%]"]
    columns = ["variant", "verdict", "seeds", *sizes, "p", "p, equivalent", "seeds needed"]
    return Table(f"verdict_{place}" if place else "verdict", caption, columns, rows)


def _row(found: Verdict, name: str, seeds: int, pair: Pair | None) -> list:
    known = "worse" if name in found.worse else "equivalent" if name in found.equivalent else "open"
    if pair is None:
        return [name, known, seeds, None, None, None, None, None, None]
    values = found.as_json_of(name)
    needed = float(pair.needed) if known == "open" and pair.needed is not None else None
    percent = [100 * values[key] for key in ("difference", "low", "high")]
    return [name, known, pair.seeds, *percent, pair.p_value, pair.p_equivalent, needed]
