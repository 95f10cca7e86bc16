"""Variants across data sets, by their ranks."""

from collections.abc import Sequence

import numpy as np

from harness.errors import InputError
from harness.plots.comparison import critical_difference
from harness.report.criterion import Criterion
from harness.report.results import Results
from harness.report.section import Picture, Section, Table
from harness.report.settings import Settings
from harness.statistics.ranks import compare_ranks

TITLE = "Across data sets"


def data_sets(by_data: Sequence[Results], criterion: Criterion, settings: Settings) -> Section:
    """Mean ranks, Friedman's test, and which variants Nemenyi's critical difference does not distinguish."""
    names = [{variant.name for variant in results.variants} for results in by_data]
    common = [variant.name for variant in by_data[0].variants if all(variant.name in known for known in names)]
    if len(common) < 2:
        return Section(TITLE, [f"{len(common)} variants were trained on every data set: there is nothing to rank."])
    scores = np.array([[criterion.mean(results.variant(name)) for name in common] for results in by_data])
    rows = [[results.data, *map(float, line)] for results, line in zip(by_data, scores, strict=True)]
    caption = f"Mean {criterion.name} by data set, each in its own unit; {criterion.direction}."
    table = Table("data_sets", caption, ["data", *common], rows)
    try:
        ranks = compare_ranks(criterion.metric.lowest_is_best(scores), level=settings.level)
    except InputError as error:
        return Section(TITLE, [str(error)], [table])
    ranked = dict(zip(common, map(float, ranks.mean_ranks), strict=True))
    cliques = [[common[i] for i in clique] for clique in ranks.cliques]
    picture = Picture(
        "critical_difference",
        critical_difference(ranked, ranks.critical_difference, cliques),
        f"Mean ranks over {len(by_data)} data sets. A bar joins variants that cannot be distinguished.",
    )
    best = min(ranked, key=lambda name: ranked[name])
    sentence = f"{best} has the best mean rank, {ranked[best]:.2f}; Friedman's test: p = {ranks.p_value:.3g}."
    return Section(TITLE, [sentence], [table], [picture])
