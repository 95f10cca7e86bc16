"""The effect of the weights: whether errors are smaller where weights are larger."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.errors import InputError
from harness.plots.by_output import error_by_output, forecasts, weights_and_effect
from harness.plots.by_time import learning_curves
from harness.report.criterion import Criterion
from harness.report.results import Results, Variant
from harness.report.section import Picture, Section, Table
from harness.report.settings import Settings
from harness.run import Run
from harness.statistics.elasticity import Elasticity, elasticity

TITLE = "Effect of the weights"
WEIGHTS, UNIFORM, PLACEBO = "weights", "uniform", "placebo"
SHOWN_WINDOWS = 4


@dataclass(frozen=True)
class _Change:
    """What the weights of a variant changed against its twin under uniform weights, at the seeds that both have.

    weights: [seeds, outputs]; errors, before: test RMSE [seeds, outputs] of the variant and of its twin.
    """

    variant: Variant
    uniform: Variant
    weights: np.ndarray
    errors: np.ndarray
    before: np.ndarray


def effect_of_weights(results: Results, criterion: Criterion, settings: Settings) -> Section:
    """The error by output, its change against uniform weights, and how far it follows the weights."""
    changes = [change for variant in results.variants if (change := _change(results, variant))]
    sentences, rows = [], []
    for change in changes:
        try:
            found = elasticity(change.errors, change.before, change.weights, confidence=settings.confidence)
        except InputError as error:
            sentences.append(f"{change.variant.name}: {error}.")
        else:
            rows.append([change.variant.name, change.uniform.name, found.mean, found.low, found.high, found.p_value])
            sentences.append(_sentence(change, found))
    if not changes:
        sentences.append("No variant has a twin under uniform weights. Add weights=uniform to see what weights change.")
    pictures = [
        _error_by_output(results),
        *_weights_and_effect(changes),
        _curves(results, criterion),
        *_forecasts(results, criterion),
    ]
    caption = (
        "Elasticity: by how many per cent the RMSE of an output changes where its weight is 1 % larger; below 0 the "
        "weights work. Mean over seeds, with an interval over seeds where there are two or more. RMSE is what is kept "
        "for each output, whatever metric the report ranks by."
    )
    columns = ["variant", "against", "elasticity", "low", "high", "p"]
    return Section(TITLE, sentences, [Table("elasticity", caption, columns, rows)] if rows else [], pictures)


def _change(results: Results, variant: Variant) -> _Change | None:
    uniform = _uniform_twin(results, variant)
    if uniform is None or variant is uniform:
        return None
    seeds = sorted(variant.seeds.keys() & uniform.seeds.keys())
    if not seeds or _weights(variant.first).shape != variant.first.by_output.shape:
        return None
    weights = np.array([_weights(variant.seeds[seed]) for seed in seeds])
    errors, before = (np.array([v.seeds[seed].by_output for seed in seeds]) for v in (variant, uniform))
    return _Change(variant, uniform, weights, errors, before)


def _sentence(change: _Change, found: Elasticity) -> str:
    name, uniform = change.variant.name, change.uniform.name
    if found.low is None or found.high is None:
        return f"{name}: elasticity {found.mean:+.3f} against {uniform}, from one seed alone."
    unsure = "" if found.low * found.high > 0 else ", which cannot be distinguished from none"
    placebo = " (a placebo)" if PLACEBO in name else ""
    interval = f"[{found.low:+.3f}, {found.high:+.3f}]"
    return f"{name}{placebo}: elasticity {found.mean:+.3f} {interval} against {uniform}{unsure}."


def _error_by_output(results: Results) -> Picture:
    uniform = [variant.name for variant in results.variants if variant.labels.get(WEIGHTS) == UNIFORM]
    reference = uniform[0] if uniform and len(results.variants) > 1 else None
    errors = {
        variant.name: np.array([variant.seeds[seed].by_output for seed in sorted(variant.seeds)])
        for variant in results.variants
    }
    caption = "Test RMSE at each output. Where its weights are large, a variant should lie below uniform weights."
    return Picture("error_by_output", error_by_output(errors, results.unit, reference), caption)


def _weights_and_effect(changes: Sequence[_Change]) -> list[Picture]:
    # Weights that differ between seeds, as a placebo's, are no one curve to draw.
    changes = [change for change in changes if (change.weights == change.weights[0]).all()]
    if not changes:
        return []
    weights = {change.variant.name: change.weights[0] for change in changes}
    percent = {change.variant.name: 100 * (change.errors / change.before - 1) for change in changes}
    caption = (
        "The weights of each scheme, and below them the change of the RMSE against uniform weights, which should be "
        "lower where the weights are higher. A placebo, the same weights in a random order, should have no effect."
    )
    return [Picture("weights_and_effect", weights_and_effect(weights, percent), caption)]


def _weights(run: Run) -> np.ndarray:
    """[outputs]; per-sample weights as their mean over samples."""
    weights = run.weights
    return weights if weights.ndim == 1 else weights.mean(axis=0)


def _uniform_twin(results: Results, variant: Variant) -> Variant | None:
    """The variant that differs in its weights alone and has uniform ones."""
    alike = variant.but(WEIGHTS)
    return next((v for v in results.variants if v.labels.get(WEIGHTS) == UNIFORM and v.but(WEIGHTS) == alike), None)


def _curves(results: Results, criterion: Criterion) -> Picture:
    monitor = criterion.metrics.of(results.monitor)
    curves = {
        variant.name: [trained.curve(results.monitor) for trained in variant.seeds.values()]
        for variant in results.variants
    }
    unit = results.unit if monitor.has_unit else ""
    figure = learning_curves(curves, results.monitor, unit, lower_is_better=monitor.lower_is_better)
    caption = "The validation metric that stops training, by epoch; it is the same for all variants."
    return Picture("learning_curves", figure, caption)


def _forecasts(results: Results, criterion: Criterion) -> list[Picture]:
    """The best and the worst variant beside the truth."""
    ranked = criterion.ranked(variant for variant in results.variants if variant.first.test)
    if not ranked:
        return []
    shown = list(dict.fromkeys([ranked[0].name, ranked[-1].name]))
    truth = ranked[0].first.test["truth"]
    some = np.unique(np.linspace(0, len(truth) - 1, SHOWN_WINDOWS).astype(int))
    lines = {name: results.variant(name).first.test["forecast"][some] for name in shown}
    caption = (
        "Test windows from the first to the last: the truth, and the forecasts of the best and the worst variant by "
        f"{criterion.name}."
    )
    return [Picture("forecasts", forecasts(None, truth[some], lines, results.unit), caption)]
