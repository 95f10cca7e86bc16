"""How many seeds it would take, and whether the winner depends on one seed, size or part of the test windows."""

from collections.abc import Sequence

import numpy as np

from harness.errors import InputError
from harness.report.family import Compared
from harness.report.paired import paired
from harness.report.results import Results, Variant
from harness.report.section import Section, Table
from harness.report.settings import Settings
from harness.statistics.power import seeds_for
from harness.statistics.robustness import leave_one_out

TITLE = "How many seeds it would take"
SIZE = "model"
# Scores nearer than this share of their mean are one: the same objective under two names ends nearer than that.
ALIKE = 1e-4
PARTS = 3


def seeds_needed(results: Results, compared: Sequence[Compared], settings: Settings) -> Section:
    """Seeds for a difference to be found, and leave-one-out winners; compared: of these results."""
    said, tables = [], []
    for place, each in enumerate(compared):
        mark = f"_{place}" if place else ""
        try:
            rows = _planned(each, settings)
        except InputError as error:
            said.append(str(error))
        else:
            tables.append(_table(rows, each, settings, mark))
            said += _told(rows, settings)
    left_out = _left_out(results, settings.metric)
    if left_out:
        tables.append(
            Table(
                "left_out",
                f"The winner by mean {settings.metric} without one seed, one size or one part of the test windows.",
                ["left out", "winner"],
                left_out,
            )
        )
        winners = {row[1] for row in left_out}
        means = np.array([each.scores(settings.metric).mean() for each in results.variants])
        everything = results.variants[int(_rounded(means).argmin())].name
        if winners == {everything}:
            said.append(f"{everything} stays the winner whatever is left out.")
        else:
            changed = [row[0] for row in left_out if row[1] != everything]
            said.append(f"{everything} wins, but not without {'; nor without '.join(changed)}.")
    return Section(TITLE, said or ["There is one variant: nothing to plan."], tables)


def _planned(compared: Compared, settings: Settings) -> list[list]:
    group = compared.group
    scores = group.scores(settings.metric)
    rows = []
    for i, name in enumerate(group.names[1:], start=1):
        differences = scores[:, i] - scores[:, 0]
        needed = [
            seeds_for(
                differences,
                effect * scores[:, 0].mean(),
                comparisons=compared.family,
                level=settings.level,
                power=settings.power,
            )
            for effect in settings.effects
        ]
        rows.append([name, 100 * float(differences.std(ddof=1) / scores[:, 0].mean()), *needed])
    return rows


def _table(rows: list[list], compared: Compared, settings: Settings, mark: str) -> Table:
    caption = (
        f"Seeds that would find a difference to {compared.group.reference.name} of so many per cent with "
        f"{settings.power:.0%} power, at {settings.level:.0%} corrected for the {compared.family} comparisons of this "
        "report. A spread measured on few seeds "
        "is itself uncertain, and counted cautiously."
    )
    columns = ["variant", "deviation of the differences [%]", *(f"for {effect:.3g}" for effect in _percent(settings))]
    return Table(f"seeds_needed{mark}", caption, columns, rows)


def _told(rows, settings) -> list[str]:
    worst = [max(row[i] for row in rows) for i in range(2, len(rows[0]))]
    shown = ", ".join(f"{each:.3g} %: {seeds}" for each, seeds in zip(_percent(settings), worst, strict=True))
    return [f"Seeds to find a difference of any variant to the reference, {settings.power:.0%} of the time: {shown}."]


def _percent(settings):
    return [100 * effect for effect in settings.effects]


def _left_out(results: Results, metric: str) -> list[list[str]]:
    if len(results.variants) < 2:
        return []
    rows = []
    group = max(paired(results, None), key=lambda each: len(each.names))
    if len(group.seeds) > 1 and group.others:
        scores = group.scores(metric)
        winners = leave_one_out(_rounded(scores))
        rows += [[f"seed {seed}", group.names[w]] for seed, w in zip(group.seeds, winners, strict=True)]
    rows += _without_a_size(results, metric)
    return rows + _without_a_part(results)


def _rounded(scores: np.ndarray) -> np.ndarray:
    step = ALIKE * scores.mean()
    return np.round(scores / step)


def _without_a_size(results: Results, metric: str) -> list[list[str]]:
    """Over sizes a variant's score is the mean over those that are left."""
    families: dict[tuple, dict[tuple, Variant]] = {}
    for each in results.variants:
        size = tuple((k, v) for k, v in each.labels.items() if k.startswith(SIZE))
        families.setdefault(each.but(SIZE), {})[size] = each
    sizes = list(dict.fromkeys(size for each in families.values() for size in each))
    if len(sizes) < 2 or len(families) < 2 or any(len(each) < len(sizes) for each in families.values()):
        return []
    scores = np.array([[each[size].scores(metric).mean() for each in families.values()] for size in sizes])
    names = [" ".join(value for _, value in family) for family in families]
    return [
        [" ".join(f"{k}={v}" for k, v in size), names[winner]]
        for size, winner in zip(sizes, leave_one_out(_rounded(scores)), strict=True)
    ]


def _without_a_part(results: Results) -> list[list[str]]:
    if any(not each.first.test for each in results.variants):
        return []
    parts = [
        [_part_errors(each, part) for each in results.variants]
        for part in np.array_split(np.arange(len(results.variants[0].first.test["truth"])), PARTS)
    ]
    names = [each.name for each in results.variants]
    told = ("first", "middle", "last")
    winners = leave_one_out(_rounded(np.array(parts)))
    return [[f"the {where} third of the test windows", names[w]] for where, w in zip(told, winners, strict=True)]


def _part_errors(variant: Variant, rows: np.ndarray) -> float:
    found = []
    for each in variant.seeds.values():
        errors = each.squared_errors()
        weights = np.broadcast_to(each.test["evaluation_weights"], errors.shape)[rows]
        found.append(np.sqrt((weights * errors[rows]).sum() / weights.sum()))
    return float(np.mean(found))
