"""Every variant evaluated under every scheme's weights."""

from collections.abc import Sequence

import numpy as np

from harness.metrics import weighted_rmse
from harness.plots.comparison import cross_table as draw
from harness.plots.drawing import in_unit
from harness.report.results import Results, Variant
from harness.report.section import Picture, Section, Table
from harness.run import Run

TITLE = "Training weights by evaluation weights"
WEIGHTS, RESCALE = "weights", "rescale_weights"


def cross_table(results: Results) -> Section:
    """Weighted RMSE on test: a row for how a variant was trained, a column for the weights that evaluate it."""
    schemes = _schemes(results)
    if len(schemes) < 2:
        why = "All variants were trained under one scheme of weights" if schemes else "No run keeps forecasts on test"
        return Section(TITLE, [f"{why}: this table needs several schemes. Sweep over weights=... for it."])
    variants, names = [variant for variant in results.variants if variant.first.test], list(schemes)
    scores = np.array([[_score(variant, weights) for weights in schemes.values()] for variant in variants])
    owns = [names.index(_scheme(variant)) if _scheme(variant) in schemes else None for variant in variants]
    table = Table(
        "cross_table",
        f"Mean over seeds of the {in_unit('weighted RMSE ', results.unit)} on test, by the weights that evaluate it; "
        "lower is better, whatever metric the report ranks by. Read down a column: the lowest should be a variant that "
        "was trained under these weights.",
        ["trained as", *(f"evaluated under {name}" for name in names)],
        [[variant.name, *map(float, line)] for variant, line in zip(variants, scores, strict=True)],
    )
    picture = Picture(
        "cross_table",
        draw(scores, [variant.name for variant in variants], names, owns),
        "How far each variant lies above the best of its column. Framed: trained under the weights of the column.",
    )
    return Section(TITLE, _sentences(variants, scores, owns, names), [table], [picture])


def _schemes(results: Results) -> dict[str, np.ndarray]:
    """Weights of the test samples by the name of their scheme."""
    schemes: dict[str, np.ndarray] = {}
    for variant in results.variants:
        weights = variant.first.test.get("own_weights")
        if weights is not None:
            schemes.setdefault(_scheme(variant), weights)
    return schemes


def _scheme(variant: Variant) -> str:
    own = [
        value if key == WEIGHTS else f"{key}={value}"
        for key, value in variant.labels.items()
        if key == RESCALE or key.split(".")[0] == WEIGHTS
    ]
    return " ".join(own) or variant.first.tags[WEIGHTS]


def _score(variant: Variant, weights: np.ndarray) -> float:
    return float(np.mean([_weighted_rmse(trained, weights) for trained in variant.seeds.values() if trained.test]))


def _weighted_rmse(trained: Run, weights: np.ndarray) -> float:
    return weighted_rmse(trained.test["truth"], trained.test["forecast"], weights)


def _sentences(
    variants: Sequence[Variant], scores: np.ndarray, owns: Sequence[int | None], schemes: Sequence[str]
) -> list[str]:
    """Whether, all else equal, a variant that was trained under the weights of a column is the best of it."""
    won, contests, lost = 0, 0, []
    families: dict[tuple, list[int]] = {}
    for i, variant in enumerate(variants):
        families.setdefault(variant.but(WEIGHTS, RESCALE), []).append(i)
    for family, members in families.items():
        name = " ".join(value for _, value in family) or "the loss"
        for column, scheme in enumerate(schemes):
            own = [i for i in members if owns[i] == column]
            if not own or len(members) < 2:
                continue
            contests += 1
            best = min(members, key=lambda i, column=column: scores[i, column])
            if best in own:
                won += 1
            else:
                lead = scores[own[0], column] / scores[best, column] - 1
                lost.append(
                    f"Not so for {name} evaluated under {scheme}: {variants[best].name} is better by {lead:.1%}."
                )
    first = (
        f"Training under the same weights as the evaluation is best in {won} of {contests} comparisons, all else equal"
    )
    return [
        f"{first}." if won == contests else f"{first}. These are means over seeds; differences are not tested.",
        *lost,
    ]
