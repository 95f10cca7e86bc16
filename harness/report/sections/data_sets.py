"""Variants across data sets: by their ranks, and every pair by Wilcoxon's test."""

from collections.abc import Mapping, Sequence

import numpy as np

from harness.errors import InputError
from harness.plots.comparison import critical_difference
from harness.report.criterion import Criterion
from harness.report.problem import Problem
from harness.report.section import Picture, Section, Table
from harness.report.settings import Settings
from harness.report.verdict import alike, counted, joined
from harness.statistics.ranks import PairOfVariants, Ranks, compare_ranks, smallest_p

TITLE = "Across data sets"
# So many claims are sentences; all of them are in the table.
NAMED = 5


def data_sets(problems: Sequence[Problem], criterion: Criterion, settings: Settings) -> Section:
    """Mean ranks with Friedman's test, and a matrix of all pairs; the folds of a data set are one score.

    problems: of two data sets or more.
    """
    names = [problem.labels.keys() for problem in problems]
    common = [name for name in problems[0].labels if all(name in known for known in names)]
    if len(common) < 2:
        return Section(TITLE, [f"{len(common)} variants were trained on every data set: there is nothing to rank."])
    scores = np.array([_means(problem, common, criterion) for problem in problems])
    # One objective under several names would count twice in every correction.
    groups = alike(scores.T)
    scores, common = scores[:, [group[0] for group in groups]], [joined([common[i] for i in g]) for g in groups]
    rows = [[problem.source, *map(float, line)] for problem, line in zip(problems, scores, strict=True)]
    caption = (
        f"Mean {criterion.name} by data set, each in its own unit, over the seeds and folds that all of its variants "
        f"have; {criterion.direction}."
    )
    table = Table("data_sets", caption, ["data", *common], rows)
    try:
        ranks = compare_ranks(criterion.metric.lowest_is_best(scores), level=settings.level)
    except InputError as error:
        return Section(TITLE, [str(error)], [table])
    tables = [table, _matrix(common, ranks, len(problems)), _pairs(common, ranks, criterion)]
    sentences = _sentences(common, ranks, len(problems), settings)
    return Section(TITLE, sentences, tables, [_picture(common, ranks, len(problems))])


def _means(problem: Problem, names: Sequence[str], criterion: Criterion) -> list[float]:
    """Over the replicates that all of these variants have; over their own, where there are none."""
    scores = problem.scores(criterion.name)
    shared = set.intersection(*({*scores[name]} for name in names))
    return [float(np.mean([own[place] for place in sorted(shared or own)])) for own in (scores[n] for n in names)]


def _sentences(names: Sequence[str], ranks: Ranks, data_sets: int, settings: Settings) -> list[str]:
    best = int(ranks.mean_ranks.argmin())
    friedman = "" if np.isnan(ranks.p_value) else f"; Friedman's test that all are alike: p = {ranks.p_value:.3g}"
    sentences = [f"{names[best]} has the best mean rank, {ranks.mean_ranks[best]:.2f}{friedman}."]
    claimed = sorted((pair for pair in ranks.pairs if pair.corrected < settings.level), key=lambda pair: pair.corrected)
    for pair in claimed[:NAMED]:
        better, worse, wins = (pair.a, pair.b, pair.wins) if pair.wins > pair.losses else (pair.b, pair.a, pair.losses)
        sentences.append(
            f"{names[better]} is better than {names[worse]} on {wins} of {data_sets} data sets, by "
            f"{100 * abs(pair.difference):.2g} % on average (corrected p = {pair.corrected:.2g})."
        )
    if len(claimed) > NAMED:
        sentences.append(f"{len(claimed) - NAMED} more pairs differ: see the table.")
    if not claimed:
        sentences.append(f"No pair is shown to differ over data sets.{_too_few(names, data_sets, settings)}")
    return sentences


def _too_few(names: Sequence[str], data_sets: int, settings: Settings) -> str:
    """Where not even a variant that is better everywhere could be shown to be."""
    if smallest_p(data_sets, len(names)) < settings.level:
        return ""
    needed = next(count for count in range(2, 1000) if smallest_p(count, len(names)) < settings.level)
    pairs = len(names) * (len(names) - 1) // 2
    return (
        f" None could be: {data_sets} data sets are too few for {counted(pairs, 'pair')}, even for a variant that is "
        f"better on each; from {needed} on one can be."
    )


def _matrix(names: Sequence[str], ranks: Ranks, data_sets: int) -> Table:
    by_place = {(pair.a, pair.b): pair for pair in ranks.pairs}
    order = [int(place) for place in np.argsort(ranks.mean_ranks, kind="stable")]
    rows = [
        [names[row], float(ranks.mean_ranks[row]), *(_cell(row, column, by_place) for column in order)] for row in order
    ]
    caption = (
        "Each row against each column (the multiple comparison matrix of Ismail-Fawaz et al. 2023): the mean "
        f"difference in % of both, below 0 where the row is better; on how many of the {data_sets} data sets it is "
        "better / alike / worse; p of Wilcoxon's test of this pair, corrected by Holm for all pairs."
    )
    columns = ["variant", "mean rank", *(names[place] for place in order)]
    return Table("data_sets_matrix", caption, columns, rows)


def _cell(row: int, column: int, pairs: Mapping[tuple[int, int], PairOfVariants]) -> str | None:
    if row == column:
        return None
    pair = pairs[min(row, column), max(row, column)]
    sign, wins, losses = (1, pair.wins, pair.losses) if pair.a == row else (-1, pair.losses, pair.wins)
    return f"{sign * 100 * pair.difference:+.2g} %; {wins}/{pair.ties}/{losses}; p {pair.corrected:.2g}"


def _pairs(names: Sequence[str], ranks: Ranks, criterion: Criterion) -> Table:
    caption = (
        f"Every pair by {criterion.name}: the difference in % of the mean of both, its mean over data sets; better "
        "where it is below 0. p: Wilcoxon's signed-rank test of these relative differences, which depends on no other "
        "variant (Benavoli, Corani and Mangili 2016)."
    )
    columns = ["variant", "other", "difference [%]", "better", "alike", "worse", "p", "p, corrected"]
    rows = [
        [names[p.a], names[p.b], 100 * p.difference, p.wins, p.ties, p.losses, p.p_value, p.corrected]
        for p in sorted(ranks.pairs, key=lambda pair: pair.p_value)
    ]
    return Table("data_sets_pairs", caption, columns, rows)


def _picture(names: Sequence[str], ranks: Ranks, data_sets: int) -> Picture:
    ranked = dict(zip(names, map(float, ranks.mean_ranks), strict=True))
    figure = critical_difference(ranked, [[names[i] for i in clique] for clique in ranks.cliques])
    caption = (
        f"Mean ranks over {data_sets} data sets (Demšar 2006). A bar joins variants of which no pair is distinguished "
        "by Wilcoxon's test, corrected by Holm."
    )
    return Picture("critical_difference", figure, caption)
