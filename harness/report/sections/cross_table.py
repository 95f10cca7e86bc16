"""Every variant judged under every scheme's weights."""

import numpy as np

from harness.metrics import weighted_rmse
from harness.plots.comparison import cross_table as draw
from harness.plots.drawing import in_unit
from harness.report.results import Results, Trained, Variant
from harness.report.section import Picture, Section, Table

TITLE = "Train loss × judged metric"
WEIGHTS = "weights"


def cross_table(results: Results) -> Section:
    """Weighted RMSE on test: a row for how a variant was trained, a column for whose weights judge it."""
    schemes = _schemes(results)
    if len(schemes) < 2:
        why = "One scheme of weights was trained under" if schemes else "No run keeps its predictions on test"
        return Section(TITLE, [f"{why}: there is nothing to cross. Sweep over weights=... for this table."])
    rows = [each for each in results.variants if each.first.test]
    scores = np.array([[_score(each, weights) for weights in schemes.values()] for each in rows])
    owns = [list(schemes).index(_scheme(each)) if _scheme(each) in schemes else None for each in rows]
    judged = in_unit("weighted RMSE ", results.unit)
    table = Table(
        "cross_table",
        f"Mean over seeds of the {judged} on test, by the weights that judge it. Read down a "
        "column: the lowest should be a variant that was trained under these weights.",
        ["trained as", *(f"judged by {name}" for name in schemes)],
        [[each.name, *map(float, line)] for each, line in zip(rows, scores, strict=True)],
    )
    picture = Picture(
        "cross_table",
        draw(scores, [each.name for each in rows], list(schemes), owns),
        "How far each variant lies above the best of its column. Framed: trained under the weights that judge it.",
    )
    return Section(TITLE, _sentences(rows, scores, owns, list(schemes)), [table], [picture])


def _schemes(results: Results) -> dict[str, np.ndarray]:
    found = {}
    for each in results.variants:
        weights = each.first.test.get("own_weights")
        if weights is not None:
            found.setdefault(_scheme(each), weights)
    return found


def _scheme(variant: Variant) -> str:
    own = [f"{key}={value}" if key != WEIGHTS else value for key, value in variant.labels.items() if _of_scheme(key)]
    return " ".join(own) or variant.first.run.tags[WEIGHTS]


def _of_scheme(key: str) -> bool:
    return key == "rescale_weights" or key.split(".")[0] == WEIGHTS


def _score(variant: Variant, weights: np.ndarray) -> float:
    return float(np.mean([_weighted_rmse(each, weights) for each in variant.seeds.values() if each.test]))


def _weighted_rmse(trained: Trained, weights: np.ndarray) -> float:
    return weighted_rmse(trained.test["truth"], trained.test["forecast"], weights)


def _sentences(rows, scores, owns, schemes) -> list[str]:
    """Whether, all else equal, training under the weights that judge wins."""
    won, said = 0, []
    families: dict[tuple, list[int]] = {}
    for i, each in enumerate(rows):
        families.setdefault(each.but(WEIGHTS, "rescale_weights"), []).append(i)
    contests = 0
    for family, members in families.items():
        name = " ".join(value for _, value in family) or "the loss"
        for j, scheme in enumerate(schemes):
            own = [i for i in members if owns[i] == j]
            if not own or len(members) < 2:
                continue
            contests += 1
            best = min(members, key=lambda i, j=j: scores[i, j])
            if best in own:
                won += 1
            else:
                lead = scores[own[0], j] / scores[best, j] - 1
                said.append(f"Not so for {name} judged by {scheme}: {rows[best].name} is better by {lead:.1%}.")
    first = f"Training under the weights that judge wins in {won} of {contests} comparisons, all else alike"
    return [f"{first}." if won == contests else f"{first}; means over seeds, differences not tested.", *said]
