"""Paired differences to a reference, followed by the variants that cannot be distinguished from the best."""

from collections.abc import Sequence

import numpy as np

from harness.plots.comparison import differences as draw
from harness.report.criterion import Criterion
from harness.report.family import Compared
from harness.report.results import Results
from harness.report.section import Picture, Section, Table
from harness.report.sections.confidence_set import indistinguishable
from harness.report.settings import Settings
from harness.statistics.comparison import Comparison
from harness.statistics.mean_test import FEW

TITLE = "Differences between variants"


def differences(
    results: Results,
    criterion: Criterion,
    compared: Sequence[Compared],
    settings: Settings,
    rng: np.random.Generator,
) -> Section:
    """Paired differences with interval, effect size and corrected p-value; the model confidence set.

    compared: of these results, with p-values that are corrected over the whole report.
    """
    if len(results.variants) < 2:
        return Section(TITLE, ["There is one variant: nothing to compare it with."])
    sentences, tables, pictures = [], [], []
    if not compared:
        sentences.append("No two variants have a seed in common: nothing can be compared in pairs.")
    for place, group in enumerate(compared):
        mark = f"_{place}" if place else ""
        sentences += _unpaired(group, results)
        if group.refused:
            sentences.append(group.refused)
        else:
            sentences += _claims(group, criterion, settings)
            tables.append(_table(group, criterion, settings, mark))
            pictures.append(_picture(group, criterion, mark))
        more, table = indistinguishable(group.group, criterion, settings, rng, mark)
        sentences += more
        tables += table
    return Section(TITLE, sentences, tables, pictures)


def _table(compared: Compared, criterion: Criterion, settings: Settings, mark: str) -> Table:
    group, reference = compared.group, _reference(compared, criterion)
    side = "below" if criterion.metric.lower_is_better else "above"
    caption = (
        f"Paired differences of {criterion.name} to {group.reference.name} over {_seeds(compared)}; {side} 0 the "
        f"variant is better. Each interval is one of {settings.confidence:.0%} for its own comparison; claims rest on "
        f"{_corrected_columns(settings)} for all {compared.family} comparisons of this report, over all its data sets "
        "and groups of variants. "
        f"{_equivalence(settings)}{_level(len(group.seeds))} Effect size: Hedges' g of the paired differences. All of "
        "this is about chance over seeds, on these test windows; the model confidence set counts chance over windows "
        "too."
    )
    columns = ["variant", "difference", "in %", "low [%]", "high [%]", "effect size", "p", "p, corrected"]
    if settings.margin is not None:
        columns += [f"p, equivalent within {_margin(settings)}"]
    rows = [
        [
            name,
            found.mean,
            *(_percent(value, reference) for value in (found.mean, found.low, found.high)),
            found.effect_size,
            found.p_value,
            corrected,
            *([] if settings.margin is None else [equivalent]),
        ]
        for name, found, corrected, equivalent in _named(compared)
    ]
    return Table(f"differences{mark}", caption, columns, rows)


def _seeds(compared: Compared) -> str:
    if compared.by_looks:
        return "all seeds that a pair shares, at a level that holds whenever the sweep stops"
    return f"the seeds {', '.join(map(str, compared.group.seeds))}"


def _corrected_columns(settings: Settings) -> str:
    if settings.margin is None:
        return "the last column, corrected by Holm"
    return "the last two columns, corrected by Shaffer's procedure"


def _equivalence(settings: Settings) -> str:
    if settings.margin is None:
        return ""
    return (
        f"The last one is that the difference is {_margin(settings)} of the reference's mean or more, by two "
        "one-sided tests: where it is small the variants are equivalent within that. "
    )


def _level(seeds: int) -> str:
    """What the level of the test rests on."""
    if seeds < FEW:
        return (
            f"With fewer than {FEW} seeds p is Student's: its level rests on differences that are normal over seeds. "
            "Where one variant is strongly skewed and the other is not, a difference is claimed too often: in up to "
            "18 % instead of 5 % for a comparison alone, and in more in a family of many."
        )
    return (
        "p is the largest of Student's and of Hall's, which takes out the skewness that the seeds of a comparison show "
        "and that which all comparisons with this reference show on average: in simulations 5 % are at most 6 % where "
        "differences are normal, heavy-tailed or moderately skewed, and up to 10 % where they are as skewed as a "
        "lognormal of sigma 1, among 20 variants too."
    )


def _named(compared: Compared) -> list[tuple[str, Comparison, float, float]]:
    """(variant, its comparison, its corrected p of a difference, and of equivalence)."""
    corrected = map(float, compared.corrected), map(float, compared.equivalent)
    return list(zip(compared.group.names[1:], compared.comparisons, *corrected, strict=True))


def _reference(compared: Compared, criterion: Criterion) -> float:
    """The size of the reference's mean score."""
    return abs(float(compared.group.scores(criterion.name)[:, 0].mean()))


def _percent(value: float, reference: float) -> float | None:
    """Of the reference's mean; None where that is 0."""
    return 100 * value / reference if reference else None


def _picture(compared: Compared, criterion: Criterion, mark: str) -> Picture:
    """In % of the reference's mean; in the metric's own unit where that is 0."""
    group, reference = compared.group, _reference(compared, criterion)
    scale, unit = (100 / reference, "%") if reference else (1.0, criterion.unit)
    means, lows, highs = scale * np.array([(found.mean, found.low, found.high) for found in compared.comparisons]).T
    figure = draw(
        group.names[1:],
        means,
        lows,
        highs,
        unit,
        group.reference.name,
        lower_is_better=criterion.metric.lower_is_better,
    )
    caption = (
        f"Differences of {criterion.name} to {group.reference.name}. Filled where the interval of this one comparison "
        "leaves out 0; fewer are claimed, since the text above corrects for the number of comparisons."
    )
    return Picture(f"differences{mark}", figure, caption)


def _claims(compared: Compared, criterion: Criterion, settings: Settings) -> list[str]:
    """What is better, what is worse, what is equivalent within the margin, and what remains open."""
    reference, name_of_reference = _reference(compared, criterion), compared.group.reference.name
    sentences, equivalent, open_ = [], [], 0
    for name, found, corrected, p_equivalent in _named(compared):
        differs, is_equivalent = corrected < settings.level, p_equivalent < settings.level
        if differs:
            word = "better" if criterion.is_better(found.mean) else "worse"
            percent = _percent(found.mean, reference)
            size = f"{abs(found.mean):.2g}" if percent is None else f"{abs(percent):.2g} %"
            sentences.append(f"{name} is {word} than {name_of_reference} by {size} (corrected p = {corrected:.2g}).")
        if is_equivalent:
            equivalent.append(name)
        open_ += not (differs or is_equivalent)
    if equivalent:
        sentences.append(f"Equivalent to {name_of_reference} within {_margin(settings)}: {', '.join(equivalent)}.")
    if open_:
        sentences.append(
            f"{open_} of {len(compared.comparisons)} cannot be distinguished from {name_of_reference} with "
            f"{_count(compared)}: {_ruled_out(settings)}"
        )
    return sentences


def _count(compared: Compared) -> str:
    return "the seeds at hand" if compared.by_looks else f"{len(compared.group.seeds)} seeds"


def _ruled_out(settings: Settings) -> str:
    if settings.margin is None:
        return "no difference is claimed, and none is ruled out."
    return f"no difference is claimed, and one of {_margin(settings)} or more is not ruled out."


def _margin(settings: Settings) -> str:
    return f"{100 * (settings.margin or 0):.2g} %"


def _unpaired(compared: Compared, results: Results) -> list[str]:
    group, sentences = compared.group, []
    if group.left_out and not compared.by_looks:
        seeds = ", ".join(map(str, group.seeds))
        sentences.append(f"Seeds missing in some variants: {group.left_out}; the pairs are those of seeds {seeds}.")
    alone = len(results.variants) - len(group.names)
    if alone:
        sentences.append(
            f"{alone} of {len(results.variants)} variants have no seeds in common with {group.reference.name}, and are "
            "not compared with it: without pairs, the spread over seeds would count in full."
        )
    return sentences
