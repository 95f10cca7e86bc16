"""How many seeds a comparison needs, and whether the winner depends on one seed, one size or one part of the test."""

from collections.abc import Sequence

import numpy as np

from harness.errors import InputError
from harness.report.criterion import Criterion
from harness.report.family import Compared
from harness.report.paired import paired
from harness.report.results import Results, Variant
from harness.report.section import Section, Table
from harness.report.settings import Settings
from harness.report.verdict import ALIKE, alike
from harness.statistics.power import seeds_for_spread
from harness.statistics.robustness import leave_one_out
from harness.statistics.seeds import need_two
from harness.statistics.spread import Spread, pooled_spread

TITLE = "Seeds needed, and what the winner depends on"
SIZE = "model"
PARTS = ("first", "middle", "last")


def seeds_needed(results: Results, criterion: Criterion, compared: Sequence[Compared], settings: Settings) -> Section:
    """Seeds for a difference to be found, and leave-one-out winners; compared: of these results."""
    if len(results.variants) < 2:
        return Section(TITLE, ["There is one variant: nothing to plan."])
    sentences, tables = [], []
    for place, group in enumerate(compared):
        mark = f"_{place}" if place else ""
        try:
            rows = _planned(group, criterion, settings)
        except InputError as error:
            sentences.append(str(error))
        else:
            tables.append(_table(rows, group, criterion, settings, mark))
            sentences.append(_needed(rows, settings))
    more, table = _robustness(results, criterion)
    return Section(TITLE, [*sentences, *more], [*tables, *table])


def _planned(compared: Compared, criterion: Criterion, settings: Settings) -> list[list]:
    scores = compared.group.scores(criterion.name)
    need_two(len(scores), "plans")
    reference = abs(float(scores[:, 0].mean()))
    # Of one objective under several names one counts: what they share is no agreement of spreads.
    pooled = pooled_spread(scores[:, [group[0] for group in alike(scores.T)]])
    rows = []
    for i, name in enumerate(compared.group.names[1:], start=1):
        own = Spread(float((scores[:, i] - scores[:, 0]).std(ddof=1)), len(scores) - 1)
        spread = pooled or own
        needed = [
            seeds_for_spread(
                spread.deviation,
                spread.free,
                effect * reference,
                comparisons=compared.family,
                level=settings.level,
                power=settings.power,
            )
            for effect in settings.effects
        ]
        rows.append([name, 100 * own.deviation / reference, *needed])
    return rows


def _table(rows: Sequence[list], compared: Compared, criterion: Criterion, settings: Settings, mark: str) -> Table:
    caption = (
        f"How many seeds find a difference of {criterion.name} to {compared.group.reference.name} of so many per cent "
        f"with {settings.power:.0%} power, at {settings.level:.0%} corrected for the {compared.family} comparisons of "
        "this report. A deviation measured on few seeds is uncertain itself: its upper bound is used, of one deviation "
        "of all variants where Levene's test does not tell them apart."
    )
    columns = ["variant", "deviation of the differences [%]", *(f"for {effect:.3g}" for effect in _percent(settings))]
    return Table(f"seeds_needed{mark}", caption, columns, rows)


def _needed(rows: Sequence[list], settings: Settings) -> str:
    most = [max(row[i] for row in rows) for i in range(2, len(rows[0]))]
    shown = ", ".join(f"{seeds} for {effect:.3g} %" for effect, seeds in zip(_percent(settings), most, strict=True))
    return (
        f"Seeds that find a difference of any variant to the reference in {settings.power:.0%} of all sweeps: {shown}."
    )


def _percent(settings: Settings) -> list[float]:
    return [100 * effect for effect in settings.effects]


def _robustness(results: Results, criterion: Criterion) -> tuple[list[str], list[Table]]:
    """The winner without one seed, one size or one part of the test windows: sentences and a table."""
    parts, refusal = _without_a_part(results, criterion)
    rows = [*_without_a_seed(results, criterion), *_without_a_size(results, criterion), *parts]
    if not rows:
        return refusal, []
    means = np.array([criterion.mean(variant) for variant in results.variants])
    winner = results.variants[int(_rounded(means, criterion).argmin())].name
    changed = [row[0] for row in rows if row[1] != winner]
    if changed:
        sentence = f"{winner} wins, but not without {'; nor without '.join(changed)}."
    else:
        sentence = f"{winner} stays the winner whatever is left out."
    caption = f"The winner by mean {criterion.name} without one seed, one size or one part of the test windows."
    return [sentence, *refusal], [Table("left_out", caption, ["left out", "winner"], rows)]


def _without_a_seed(results: Results, criterion: Criterion) -> list[list[str]]:
    group = max(paired(results, None), key=lambda group: len(group.names))
    if len(group.seeds) < 2 or not group.others:
        return []
    winners = leave_one_out(_rounded(group.scores(criterion.name), criterion))
    return [[f"seed {seed}", group.names[w]] for seed, w in zip(group.seeds, winners, strict=True)]


def _without_a_size(results: Results, criterion: Criterion) -> list[list[str]]:
    """Over sizes a variant's score is the mean over those that are left."""
    families: dict[tuple, dict[tuple, Variant]] = {}
    for variant in results.variants:
        size = tuple((key, value) for key, value in variant.labels.items() if key.startswith(SIZE))
        families.setdefault(variant.but(SIZE), {})[size] = variant
    sizes = list(dict.fromkeys(size for members in families.values() for size in members))
    if len(sizes) < 2 or len(families) < 2 or any(len(members) < len(sizes) for members in families.values()):
        return []
    scores = np.array([[criterion.mean(members[size]) for members in families.values()] for size in sizes])
    names = [" ".join(value for _, value in family) for family in families]
    return [
        [" ".join(f"{key}={value}" for key, value in size), names[winner]]
        for size, winner in zip(sizes, leave_one_out(_rounded(scores, criterion)), strict=True)
    ]


def _without_a_part(results: Results, criterion: Criterion) -> tuple[list[list[str]], list[str]]:
    """(rows, why there are none)."""
    if not criterion.is_built_in:
        why = f"{criterion.name} is a metric of your own: a report cannot evaluate it on parts of the test windows."
        return [], [why]
    if any(not trained.test for variant in results.variants for trained in variant.seeds.values()):
        return [], ["Some runs keep no forecasts on test: no part of the test windows can be left out."]
    windows = np.arange(len(results.variants[0].first.test["truth"]))
    scores = [
        [_mean_on(variant, part, criterion) for variant in results.variants]
        for part in np.array_split(windows, len(PARTS))
    ]
    winners = leave_one_out(_rounded(np.array(scores), criterion))
    rows = [
        [f"the {where} third of the test windows", results.variants[winner].name]
        for where, winner in zip(PARTS, winners, strict=True)
    ]
    return rows, []


def _mean_on(variant: Variant, windows: np.ndarray, criterion: Criterion) -> float:
    return float(np.mean([criterion.on_windows(trained, windows) for trained in variant.seeds.values()]))


def _rounded(scores: np.ndarray, criterion: Criterion) -> np.ndarray:
    """Of which the lowest is the best, in steps of ALIKE of their mean size."""
    step = ALIKE * float(np.abs(scores).mean()) or 1.0
    return np.round(criterion.metric.lowest_is_best(scores) / step)
