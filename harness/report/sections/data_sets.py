"""Variants across data sets, by their ranks."""

from collections.abc import Sequence

import numpy as np

from harness.errors import InputError
from harness.plots.comparison import critical_difference
from harness.report.results import Results
from harness.report.section import Picture, Section, Table
from harness.report.settings import Settings
from harness.statistics.ranks import compare_ranks

TITLE = "Across data sets"


def data_sets(found: Sequence[Results], settings: Settings) -> Section:
    """Mean ranks, Friedman's test, and which variants Nemenyi's critical difference does not tell apart."""
    common = [v.name for v in found[0].variants if all(v.name in {w.name for w in each.variants} for each in found)]
    if len(common) < 2:
        return Section(TITLE, [f"{len(common)} variants were trained on every data set: there is nothing to rank."])
    scores = np.array([[each.variant(name).scores(settings.metric).mean() for name in common] for each in found])
    rows = [[each.data, *map(float, line)] for each, line in zip(found, scores, strict=True)]
    columns = ["data", *common]
    table = Table("data_sets", f"Mean {settings.metric} by data set, each in its own unit.", columns, rows)
    try:
        ranks = compare_ranks(scores, level=settings.level)
    except InputError as error:
        return Section(TITLE, [str(error)], [table])
    named = dict(zip(common, map(float, ranks.mean_ranks), strict=True))
    cliques = [[common[i] for i in clique] for clique in ranks.cliques]
    picture = Picture(
        "critical_difference",
        critical_difference(named, ranks.critical_difference, cliques),
        f"Mean ranks over {len(found)} data sets. A bar joins variants that cannot be told apart.",
    )
    best = min(named, key=named.get)
    said = [f"{best} has the best mean rank, {named[best]:.2f}; Friedman's test: p = {ranks.p_value:.3g}."]
    return Section(TITLE, said, [table], [picture])
