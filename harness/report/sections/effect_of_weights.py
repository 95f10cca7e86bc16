"""Whether the weights did what they promise: less error where they are large."""

import numpy as np

from harness.errors import InputError
from harness.plots.by_output import error_by_output, forecasts, weights_and_effect
from harness.plots.by_time import learning_curves
from harness.report.results import Results, Variant
from harness.report.section import Picture, Section, Table
from harness.report.settings import Settings
from harness.statistics.elasticity import elasticity

TITLE = "Did the weights do what they promise?"
WEIGHTS, UNIFORM, PLACEBO = "weights", "uniform", "placebo"
SHOWN_WINDOWS = 4


def effect_of_weights(results: Results, settings: Settings) -> Section:
    """The error by output, its change against uniform weights, and how far it follows the weights."""
    pictures = [
        Picture(
            "error_by_output",
            error_by_output({v.name: _by_output(v) for v in results.variants}, results.unit, _reference(results)),
            "Test RMSE at each output. Where its weights are large, a variant should lie below uniform weights.",
        )
    ]
    rows, weights, change, said = [], {}, {}, []
    for each in results.variants:
        uniform = _uniform_twin(results, each)
        if uniform is None or each is uniform:
            continue
        own = _weights(each)
        seeds = sorted(each.seeds.keys() & uniform.seeds.keys())
        if not seeds or own.shape != each.first.by_output.shape:
            continue
        errors = np.array([each.seeds[s].by_output for s in seeds])
        before = np.array([uniform.seeds[s].by_output for s in seeds])
        weights[each.name], change[each.name] = own, 100 * (errors / before - 1)
        try:
            found = elasticity(errors, before, own, confidence=settings.confidence)
        except InputError as error:
            said.append(f"{each.name}: {error}.")
        else:
            row = [each.name, uniform.name, found.mean, found.low, found.high, found.p_value]
            rows.append(row)
            said.append(_said(row))
    if weights:
        pictures.append(
            Picture(
                "weights_and_effect",
                weights_and_effect(weights, change),
                "Each scheme's weights, and below them the change of the error against uniform weights: it should fall "
                "where the weights rise. A placebo, the same weights in a random order, should show nothing.",
            )
        )
    else:
        said.append("No variant has a twin under uniform weights: add weights=uniform to see what weights change.")
    pictures += [_curves(results), *_forecasts(results)]
    caption = (
        "Elasticity: by how many per cent the error of an output changes where its weight is 1 % larger; below 0 the "
        "weights work. Mean over seeds, with an interval over seeds where there are two or more."
    )
    columns = ["variant", "against", "elasticity", "low", "high", "p"]
    tables = [Table("elasticity", caption, columns, rows)] if rows else []
    return Section(TITLE, said, tables, pictures)


def _said(row) -> str:
    name, uniform, value, low, high, _ = row
    if low is None:
        return f"{name}: elasticity {value:+.3f} against {uniform}, from one seed alone."
    sure = "" if low * high > 0 else ", not to be told from none"
    placebo = " (a placebo)" if PLACEBO in name else ""
    return f"{name}{placebo}: elasticity {value:+.3f} [{low:+.3f}, {high:+.3f}] against {uniform}{sure}."


def _by_output(variant: Variant) -> np.ndarray:
    return np.array([variant.seeds[seed].by_output for seed in sorted(variant.seeds)])


def _weights(variant: Variant) -> np.ndarray:
    """[outputs]; per-sample weights as their mean over samples."""
    weights = variant.first.weights
    return weights if weights.ndim == 1 else weights.mean(axis=0)


def _uniform_twin(results: Results, variant: Variant) -> Variant | None:
    """The variant that differs in its weights alone and has uniform ones."""
    alike = variant.but(WEIGHTS)
    return next((v for v in results.variants if v.labels.get(WEIGHTS) == UNIFORM and v.but(WEIGHTS) == alike), None)


def _reference(results: Results) -> str | None:
    uniform = [each.name for each in results.variants if each.labels.get(WEIGHTS) == UNIFORM]
    return uniform[0] if uniform and len(results.variants) > 1 else None


def _curves(results: Results) -> Picture:
    curves = {v.name: [t.curve(results.monitor) for t in v.seeds.values()] for v in results.variants}
    caption = "The validation metric that stopped training, by epoch; never the variants' own losses."
    return Picture("learning_curves", learning_curves(curves, results.monitor, results.unit), caption)


def _forecasts(results: Results) -> list[Picture]:
    """The best and the worst variant beside the truth."""
    known = [each for each in results.variants if each.first.test]
    if not known:
        return []
    ranked = sorted(known, key=lambda each: each.scores("test_weighted_rmse").mean())
    shown = list(dict.fromkeys([ranked[0].name, ranked[-1].name]))
    truth = ranked[0].first.test["truth"]
    some = np.unique(np.linspace(0, len(truth) - 1, SHOWN_WINDOWS).astype(int))
    lines = {name: results.variant(name).first.test["forecast"][some] for name in shown}
    caption = "Test windows from the first to the last: the truth, and the forecasts of the best and the worst variant."
    return [Picture("forecasts", forecasts(None, truth[some], lines, results.unit), caption)]
