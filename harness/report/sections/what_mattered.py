"""What mattered: how much of a metric's variance is due to each swept key, to interactions, to seed and fold."""

from collections.abc import Sequence

import numpy as np

from harness.errors import InputError
from harness.plots.variance import shares
from harness.report.criterion import Criterion
from harness.report.design import Design, design_of
from harness.report.problem import Problem
from harness.report.section import Coordinates, Picture, Section, Table
from harness.statistics.variance_parts import JOIN, VARIANT, Part, variance_parts

TITLE = "What mattered"
# Parts of a smaller share are not named in a sentence.
NAMED = 0.01


def what_mattered(problem: Problem, criterion: Criterion) -> Section:
    """Shares of the variance of the metric, as a picture and a table, the mean of each value, and all networks."""
    if len(problem.labels) < 2:
        return Section(TITLE, ["There is one variant: nothing was chosen between.", *_one_stretch(problem)])
    design = design_of(problem.labels, problem.scores(criterion.name))
    sentences, tables, pictures = [], [], []
    if design is None:
        sentences.append("No two variants share what makes a balanced design: there is no variance to divide.")
    else:
        sentences, tables, pictures = _divided(design, criterion)
    return Section(TITLE, [*sentences, *_one_stretch(problem)], tables, pictures, _networks(problem, criterion))


def _divided(design: Design, criterion: Criterion) -> tuple[list[str], list[Table], list[Picture]]:
    """(sentences, tables, pictures) of the parts of the variance."""
    levels = _levels(design, criterion)
    try:
        parts = variance_parts(design.scores, design.keys)
    except InputError as error:
        return [str(error)], [levels], []
    tables = [_table(parts, design, criterion), levels]
    if not np.isfinite(parts[0].share):
        return [f"{criterion.name} does not vary."], tables, []
    names, values = [part.name for part in parts], [part.share for part in parts]
    figure = shares(names, values, [part.swept for part in parts], f"Of what is swept, {_most(parts)} matters most")
    caption = (
        f"Shares of the variance of {criterion.name}. Blue: what one can choose; grey: what chance adds. "
        f"{_used(design)}"
    )
    return [_sentence(parts, criterion), *_left_out(design)], tables, [Picture("what_mattered", figure, caption)]


def _networks(problem: Problem, criterion: Criterion) -> list[Coordinates]:
    """Every network with a score, as a line over its values of what is swept."""
    keys = list(dict.fromkeys(key for own in problem.labels.values() for key in own))
    keys = [key for key in keys if len({own.get(key) for own in problem.labels.values()}) > 1]
    rows = [
        [*(problem.labels[name].get(key, "none") for key in keys), *map(str, place), score]
        for name, own in problem.scores(criterion.name).items()
        for place, score in own.items()
        if np.isfinite(score)
    ]
    # An axis on which all are the same would say nothing.
    axes = [*keys, "seed", "fold"]
    shown = [place for place in range(len(axes)) if len({row[place] for row in rows}) > 1]
    if len(rows) < 2:
        return []
    caption = (
        f"Every network: a line over what it was trained with, to its {criterion.name}, the best on top. Drag along an "
        "axis to keep the lines that pass there, on as many axes as you like; click on an axis to let it go."
    )
    kept = [[*(row[place] for place in shown), row[-1]] for row in rows]
    lower = criterion.metric.lower_is_better
    return [Coordinates("networks", caption, [*(axes[place] for place in shown), criterion.name], kept, lower)]


def _table(parts: Sequence[Part], design: Design, criterion: Criterion) -> Table:
    mean = abs(float(design.scores.mean()))
    within = sum(part.share for part in parts if not _is_paired(part))
    caption = (
        f"The variance of {criterion.name} in its parts, by an analysis of variance whose keys are fixed factors and "
        "whose seeds and folds are random ones (Searle, Casella and McCulloch 1992). The share of a key is omega "
        "squared, which does not grow with luck; an estimate below 0 is 0. Within pairs: without what seeds and folds "
        "do to all variants alike, which paired comparisons take out. Of chance in one variant, more seeds average out "
        "what names the seed, and only more folds what names the fold alone. Deviation: the root of that variance, in "
        "% of the mean. Few seeds give rough shares, and no claim rests on them: the verdict tests. "
        f"{_used(design)}"
    )
    columns = ["part", "kind", "share [%]", "within pairs [%]", "deviation [%]", "degrees of freedom", "mean square"]
    rows = [
        [
            part.name,
            _kind(part),
            100 * part.share,
            None if _is_paired(part) or not within else 100 * part.share / within,
            100 * part.variance**0.5 / mean if mean else None,
            part.free,
            part.mean_square,
        ]
        for part in parts
    ]
    return Table("what_mattered", caption, columns, rows)


def _kind(part: Part) -> str:
    if part.swept:
        return "together" if JOIN in part.name or " of " in part.name else "swept"
    return "chance, all variants alike" if _is_paired(part) else "chance, one variant"


def _levels(design: Design, criterion: Criterion) -> Table:
    """The mean of each value of each key, over all others."""
    whole, rows = float(design.scores.mean()), []
    for axis, (key, values) in enumerate(zip(design.keys, design.values, strict=True)):
        others = tuple(place for place in range(design.scores.ndim) if place != axis)
        for value, mean in zip(values, design.scores.mean(axis=others), strict=True):
            rows.append([key, value or "none", float(mean), 100 * (float(mean) / whole - 1) if whole else None])
    caption = (
        f"The mean {criterion.name} of each value of each swept key, over the values of all other keys and over all "
        f"replicates; {criterion.direction}. {_used(design)}"
    )
    return Table("what_mattered_values", caption, ["key", "value", criterion.name, "to the mean of all [%]"], rows)


def _used(design: Design) -> str:
    variants = int(np.prod(design.scores.shape[:-2]))
    folds = f" and folds {', '.join(map(str, design.folds))}" if len(design.folds) > 1 else ""
    seeds = f"seed {design.seeds[0]}" if len(design.seeds) == 1 else f"the {len(design.seeds)} seeds that all have"
    return f"From {variants} variants, every value of each key with every other, under {seeds}{folds}."


def _left_out(design: Design) -> list[str]:
    sentences = []
    if design.left_out:
        names = ", ".join(design.left_out)
        sentences.append(f"Left out here, since the sweep is not a full crossing with them: {names}.")
    if design.seeds_left_out:
        sentences.append(
            f"Left out here, since not all variants were trained with them: {design.seeds_left_out} seeds."
        )
    return sentences


def _sentence(parts: Sequence[Part], criterion: Criterion) -> str:
    swept = [part for part in parts if part.swept]
    chance = [part for part in parts if not part.swept]
    text = (
        f"What is swept accounts for {_percent(swept)} of the variance of {criterion.name}{_listed(swept)}, chance for "
        f"{_percent(chance)}{_listed(chance)}."
    )
    paired = sum(part.share for part in parts if _is_paired(part))
    if paired < NAMED or paired == 1:
        return text
    share = sum(part.share for part in swept) / (1 - paired)
    return f"{text} Pairs take out what a replicate does to all variants alike: then it is {100 * share:.0f} %."


def _is_paired(part: Part) -> bool:
    """Whether it is what replicates do to all variants alike."""
    return not part.swept and VARIANT not in part.name.split(JOIN)


def _listed(parts: Sequence[Part]) -> str:
    named = sorted((part for part in parts if part.share >= NAMED), key=lambda part: -part.share)
    return f" ({', '.join(f'{part.name} {100 * part.share:.0f} %' for part in named)})" if named else ""


def _percent(parts: Sequence[Part]) -> str:
    return f"{100 * sum(part.share for part in parts):.0f} %"


def _most(parts: Sequence[Part]) -> str:
    return max((part for part in parts if part.swept), key=lambda part: part.share).name


def _one_stretch(problem: Problem) -> list[str]:
    if len(problem.folds) > 1:
        return []
    return ["There is one fold: all of this report speaks of one stretch of time. fold=0,1,2 trains on others as well."]
