"""The verdict: what is best, what is equivalent to it, what remains open; then every pair with the best one."""

from collections.abc import Sequence

from harness.report.criterion import Criterion
from harness.report.problem import problems_of
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
    problems = problems_of(by_data)
    return [
        verdict_on(
            problem.scores(criterion.name),
            problem.baselines(criterion.name),
            on=problem.source if len(problems) > 1 else "",
            metric=criterion.metric,
            name=criterion.name,
            confidence=1 - settings.level / len(problems),
            margin=settings.margin,
            by_looks=by_looks,
        )
        for problem in problems
        if len(problem.labels) > 1
    ]


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
        f"one is shown to be better. All of this is about chance over seeds, on the test windows of {_where(found)}."
    )
    sizes = ["difference [%]", "low [%]", "high [%]"]
    columns = ["variant", "verdict", "seeds", *sizes, "p", "p, equivalent", "seeds needed"]
    return Table(f"verdict_{place}" if place else "verdict", caption, columns, rows)


def _where(found: Verdict) -> str:
    return "one stretch of time" if found.folds == 1 else f"these {found.folds} stretches of time"


def _row(found: Verdict, name: str, seeds: int, pair: Pair | None) -> list:
    known = "worse" if name in found.worse else "equivalent" if name in found.equivalent else "open"
    if pair is None:
        return [name, known, seeds, None, None, None, None, None, None]
    values = found.as_json_of(name)
    needed = float(pair.needed) if known == "open" and pair.needed is not None else None
    percent = [100 * values[key] for key in ("difference", "low", "high")]
    return [name, known, pair.seeds, *percent, pair.p_value, pair.p_equivalent, needed]
