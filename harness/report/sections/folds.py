"""Seeds and folds: what holds at other stretches of time, and whether seed or fold makes the differences."""

from collections.abc import Mapping, Sequence

import numpy as np

from harness.errors import InputError
from harness.report.criterion import Criterion
from harness.report.problem import Problem
from harness.report.section import Section, Table
from harness.report.settings import Settings
from harness.report.verdict import Scores, alike, joined
from harness.statistics.holm import holm
from harness.statistics.over_folds import OverFolds, over_folds

TITLE = "Seeds and folds"


def folds(problem: Problem, criterion: Criterion, settings: Settings) -> Section:
    """Differences to the reference over seeds and folds, both taken for samples, with their variance in its parts.

    problem: with two folds or more.
    """
    scores, reference = _one_each(problem.scores(criterion.name), settings.reference)
    try:
        overlap = _overlap(problem)
        found = _found(scores, reference, overlap, settings.confidence)
    except InputError as error:
        return Section(TITLE, [str(error)])
    if not found:
        return Section(TITLE, [f"No variant shares two seeds on all folds with {reference}."])
    corrected = dict(zip(found, holm(np.array([each.p_value for each in found.values()])), strict=True))
    mean = abs(float(np.mean(list(scores[reference].values()))))
    rows = [_row(name, each, corrected[name], mean) for name, each in found.items()]
    table = Table("folds", _caption(problem, criterion, settings, reference, overlap), _COLUMNS, rows)
    return Section(TITLE, _sentences(found, corrected, problem, criterion, settings, reference, mean), [table])


_COLUMNS = [
    "variant",
    "difference [%]",
    "low [%]",
    "high [%]",
    "p",
    "p, corrected",
    "by seed [%]",
    "by fold [%]",
    "by both [%]",
]


def _one_each(scores: Scores, asked: str | None) -> tuple[Scores, str]:
    """(variants with the same scores on every seed as one, the one that others are compared with)."""
    places = sorted({place for own in scores.values() for place in own})
    matrix = np.array([[own.get(place, np.nan) for place in places] for own in scores.values()])
    names = list(scores)
    groups = [[names[place] for place in group] for group in alike(matrix)]
    found = {joined(group): scores[group[0]] for group in groups}
    return found, next((joined(group) for group in groups if asked in group), next(iter(found)))


def _found(scores: Scores, reference: str, overlap: float, confidence: float) -> dict[str, OverFolds]:
    """Of each other variant, over the seeds that it shares with the reference on all folds."""
    base, found = scores[reference], {}
    places = sorted({fold for own in scores.values() for _, fold in own})
    for name, own in scores.items():
        shared = own.keys() & base.keys()
        seeds = [seed for seed in sorted({seed for seed, _ in shared}) if {(seed, fold) for fold in places} <= shared]
        if name != reference and len(seeds) > 1:
            differences = [[own[seed, fold] - base[seed, fold] for fold in places] for seed in seeds]
            found[name] = over_folds(np.array(differences), overlap=overlap, confidence=confidence)
    return found


def _overlap(problem: Problem) -> float:
    """Test rows over train rows, the mean of all folds; 0 where no two train spans share rows.

    Raises:
        InputError: runs that do not say where their folds lie.
    """
    data = problem.folds[0].variants[0].first.config["data"]
    if not {"split", "train_span"} <= data.keys():
        raise InputError("data.split", "the runs do not say where their folds lie", "Report on runs of this version")
    train, _, test = data["split"]
    places = sorted({results.fold for results in problem.folds})
    if data["train_span"] == "grow":
        return float(test / np.mean([train - place * test for place in places]))
    return test / train if min(np.diff(places)) * test < train else 0.0


def _row(name: str, found: OverFolds, corrected: float, mean: float) -> list:
    percent = [100 * value / mean if mean else None for value in (found.mean, found.low, found.high)]
    parts = [100 * value / mean if mean else None for value in (found.seed, found.fold, found.both)]
    return [name, *percent, found.p_value, corrected, *parts]


def _caption(problem: Problem, criterion: Criterion, settings: Settings, reference: str, overlap: float) -> str:
    overlapping = (
        "corrected for train spans that share rows, by test rows over train rows, "
        f"{overlap:.2f} (Nadeau and Bengio 2003)"
        if overlap
        else "whose train spans share no rows"
    )
    return (
        f"Paired differences of {criterion.name} to {reference} over seeds and {len(problem.folds)} folds, in % of its "
        f"mean, with an interval of {settings.confidence:.0%} each. Here a fold is a sample of all stretches of time, "
        f"{overlapping}: that asks more than the verdict, which is about these test windows. Corrected by Holm for the "
        "comparisons of this table. Last columns: the deviation that a seed, a fold, and one seed on one fold add to a "
        "single difference. By seed and by both: more seeds help; by fold: only more folds do."
    )


def _sentences(
    found: Mapping[str, OverFolds],
    corrected: Mapping[str, float],
    problem: Problem,
    criterion: Criterion,
    settings: Settings,
    reference: str,
    mean: float,
) -> list[str]:
    claimed = [name for name in found if corrected[name] < settings.level]
    sentences = []
    for name in claimed:
        word = "better" if criterion.is_better(found[name].mean) else "worse"
        size = f" by {100 * abs(found[name].mean) / mean:.2g} %" if mean else ""
        sentences.append(f"Over other stretches of time as well, {name} is {word} than {reference}{size}.")
    if len(claimed) < len(found):
        sentences.append(
            f"{len(found) - len(claimed)} of {len(found)} cannot be distinguished from {reference} over other "
            f"stretches of time, of which these {len(problem.folds)} folds are a sample."
        )
    return [*sentences, *_most(list(found.values()))]


def _most(found: Sequence[OverFolds]) -> list[str]:
    """Which replicate makes most of the luck in the differences."""
    variances = {
        "the seed": np.mean([each.seed**2 for each in found]),
        "the fold": np.mean([each.fold**2 for each in found]),
        "seed and fold together": np.mean([each.both**2 for each in found]),
    }
    total = sum(variances.values())
    if not total:
        return []
    shares = ", ".join(f"{name} {100 * value / total:.0f} %" for name, value in variances.items())
    return [f"What differs from one seed and fold to the next, in these differences: {shares} of the variance."]
