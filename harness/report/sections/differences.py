"""Who differs: paired differences to a reference, and the variants that cannot be told from the best."""

from collections.abc import Sequence

import numpy as np

from harness.errors import InputError
from harness.plots.comparison import differences as draw
from harness.report.family import Compared
from harness.report.paired import Paired
from harness.report.results import Results
from harness.report.section import Picture, Section, Table
from harness.report.settings import Settings
from harness.statistics.confidence_set import confidence_set
from harness.statistics.mean_test import FEW

TITLE = "Who differs"


def differences(
    results: Results, compared: Sequence[Compared], settings: Settings, rng: np.random.Generator
) -> Section:
    """Paired differences with interval, effect size and corrected p-value; the model confidence set.

    compared: of these results, with p-values that are corrected over the whole report.
    """
    if len(results.variants) < 2:
        return Section(TITLE, ["There is one variant: nothing to compare it with."])
    sentences, tables, pictures = [], [], []
    if not compared:
        sentences.append("No two variants have a seed in common: nothing can be compared in pairs.")
    for place, each in enumerate(compared):
        mark = f"_{place}" if place else ""
        group = each.group
        sentences += _unpaired(group, results)
        if each.refused:
            sentences.append(each.refused)
        else:
            rows = _rows(each, settings)
            sentences += _claims(rows, group, settings)
            tables.append(_table(rows, each, settings, mark))
            pictures.append(_picture(rows, group, settings, mark))
        about_set, table = _set(group, results, settings, rng, mark)
        sentences += about_set
        tables += table
    return Section(TITLE, sentences, tables, pictures)


def _rows(compared: Compared, settings: Settings) -> list[list]:
    mean = compared.group.scores(settings.metric)[:, 0].mean()
    named = zip(compared.group.names[1:], compared.comparisons, compared.corrected, strict=True)
    return [
        [
            name,
            each.mean,
            *(100 * value / mean for value in (each.mean, each.low, each.high)),
            each.effect_size,
            each.p_value,
            float(corrected),
        ]
        for name, each, corrected in named
    ]


def _table(rows: list[list], compared: Compared, settings: Settings, mark: str) -> Table:
    group = compared.group
    caption = (
        f"Paired differences of {settings.metric} to {group.reference.name} over the seeds "
        f"{', '.join(map(str, group.seeds))}; below 0 the variant is better. Intervals are of "
        f"{settings.confidence:.0%}, each for itself; claims rest on the last column, corrected by Holm for all "
        f"{compared.family} comparisons of this report, over all its data sets and groups of variants. "
        f"{_level(len(group.seeds))} Effect size: Hedges' g of the paired differences. All of this is chance over "
        "seeds, on these test windows; chance over windows too is in the model confidence set."
    )
    columns = ["variant", "difference", "in %", "low [%]", "high [%]", "effect size", "p", "p, corrected"]
    return Table(f"differences{mark}", caption, columns, rows)


def _level(seeds: int) -> str:
    """What the level of the test rests on."""
    if seeds < FEW:
        return (
            f"With fewer than {FEW} seeds p is Student's: its level rests on differences that are normal over seeds. "
            "Where one variant is strongly skewed and the other is not, 5 % are in truth up to 18 %."
        )
    return (
        "p is the larger of Student's and of Hall's, which takes out the skewness that the seeds show: in simulations "
        "5 % are 3 to 5 % where differences are normal, heavy-tailed or moderately skewed, and up to 9 % where they "
        "are as skewed as a lognormal of sigma 1."
    )


def _picture(rows, group, settings, mark) -> Picture:
    names, means, lows, highs = ([row[i] for row in rows] for i in (0, 2, 3, 4))
    figure = draw(names, np.array(means), np.array(lows), np.array(highs), "%", group.reference.name)
    caption = (
        f"Differences to {group.reference.name} in %. Filled where an interval, for itself, leaves 0 out; what is "
        "claimed is less: the text above corrects for the number of comparisons."
    )
    return Picture(f"differences{mark}", figure, caption)


def _claims(rows: list[list], group: Paired, settings: Settings) -> list[str]:
    claimed = [row for row in rows if row[-1] < settings.level]
    said = [
        f"{row[0]} is {'better' if row[2] < 0 else 'worse'} than {group.reference.name} by {abs(row[2]):.2g} % "
        f"(corrected p = {row[-1]:.2g})."
        for row in claimed
    ]
    others = len(rows) - len(claimed)
    if others:
        said.append(
            f"{others} of {len(rows)} cannot be told from {group.reference.name} with {len(group.seeds)} seeds: "
            "no difference is claimed, and none is ruled out."
        )
    return said


def _set(group: Paired, results: Results, settings: Settings, rng, mark) -> tuple[list[str], list[Table]]:
    members = (group.reference, *group.others)
    if any(not each.seeds[seed].test for each in members for seed in group.seeds):
        return ["Some runs keep no predictions on test: no model confidence set."], []
    losses = np.array([[_by_window(each.seeds[seed]) for each in members] for seed in group.seeds]).transpose(0, 2, 1)
    wanted = {"confidence": settings.set_confidence, "resamples": settings.resamples}
    try:
        found = confidence_set(losses, overlap=_overlap(group.reference.first), **wanted, rng=rng)
    except InputError as error:
        return [str(error)], []
    kept = [name for name, inside in zip(group.names, found.included, strict=True) if inside]
    told = "all of them" if len(kept) == len(members) else f"these {len(kept)} of {len(members)}: {', '.join(kept)}"
    said = [f"Cannot be told from the best, at the {settings.set_confidence:.0%} level: {told}."]
    caption = (
        "The model confidence set (Hansen, Lunde and Nason 2011) on each test window's weighted squared error, over "
        "seeds and windows, whose variances are added; a block bootstrap counts that windows overlap. A small p leaves "
        "a variant out."
    )
    rows = [
        [name, "yes" if inside else "no", float(p)]
        for name, inside, p in zip(group.names, found.included, found.p_values, strict=True)
    ]
    return said, [Table(f"confidence_set{mark}", caption, ["variant", "in the set", "p"], rows)]


def _overlap(trained) -> int:
    """How many test windows in a row share targets; of samples that came ready-made, as many as can."""
    return -(-len(trained.by_output) // int(trained.run.params.get("data.stride", 1)))


def _by_window(trained) -> np.ndarray:
    """[windows]: each window's share of the squared metric that ranks."""
    errors = trained.squared_errors()
    weights = np.broadcast_to(trained.test["evaluation_weights"], errors.shape)
    return (weights * errors).sum(axis=1) / weights.sum() * len(errors)


def _unpaired(group: Paired, results: Results) -> list[str]:
    said = []
    if group.left_out:
        told = ", ".join(map(str, group.seeds))
        said.append(f"Seeds missing in some variants: {group.left_out}; the pairs are those of seeds {told}.")
    alone = len(results.variants) - len(group.names)
    if alone:
        said.append(
            f"Without seeds in common with {group.reference.name}, and so not compared with it: {alone} of "
            f"{len(results.variants)} variants. Unpaired, the seeds' spread would count in full."
        )
    return said
