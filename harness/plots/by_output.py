"""Pictures over the outputs: arrays in, a matplotlib Figure out; nothing is written or shown."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from harness.plots.drawing import (
    BLACK,
    GREY,
    MOST_BANDS,
    OUTPUT,
    in_unit,
    legend,
    line,
    log_if_wide,
    named,
    new_figure,
    plain,
    styles,
    windows,
)

MOST_COLUMNS = 3
LARGE = 100  # per cent, above which a linear scale hides what is small


def error_by_output(errors: Mapping[str, np.ndarray], unit: str, reference: str | None) -> Figure:
    """The error at each output, mean over seeds; below it, where there is a reference, the difference to that.

    errors: variant -> [seeds, outputs]; unit: theirs; reference: one of the variants. Bands, lowest to highest seed,
    where there are few variants.
    """
    means = {name: values.mean(axis=0) for name, values in errors.items()}
    ranked = sorted(means, key=lambda name: means[name].mean())
    figure = new_figure(_error_title(means, ranked, reference), 7, 4 if reference is None else 6)
    panels = figure.subplots(1 if reference is None else 2, 1, sharex=True, squeeze=False)[:, 0]
    drawn = {}
    for name, style in _styles(ranked, list(means), reference).items():
        drawn[name] = line(panels[0], means[name], **style)
        _band(panels[0], errors[name], style, len(means))
        if reference is not None and name != reference:
            line(panels[1], means[name] - means[reference], **style)
            _band(panels[1], errors[name] - means[reference], style, len(means))
    log_if_wide(panels[0].yaxis, np.concatenate(list(means.values())))
    panels[0].set_ylabel(in_unit("test RMSE ", unit))
    if reference is not None:
        panels[1].axhline(0, color=BLACK, linewidth=1)
        panels[1].set_ylabel(in_unit("difference to the black line\n", unit))
    for axes in panels:
        axes.grid(axis="y", alpha=0.3)
    panels[-1].set_xlabel(OUTPUT)
    legend(figure, named(drawn))
    return figure


def weights_and_effect(weights: Mapping[str, np.ndarray], change: Mapping[str, np.ndarray]) -> Figure:
    """A column for each set of weights: the weights above, below them how the error changed.

    weights: variant -> [outputs]; change: variant -> [seeds, outputs] in %. Bands, lowest to highest seed, where
    one column has few variants.
    """
    groups: dict[bytes, list[str]] = {}
    for name, values in weights.items():
        groups.setdefault(np.asarray(values, dtype=float).tobytes(), []).append(name)
    columns = min(len(groups), MOST_COLUMNS)
    rows = -(-len(groups) // columns)
    figure = new_figure(_effect_title(weights, change), 7 if columns < MOST_COLUMNS else 9, 0.5 + 4 * rows)
    grid = figure.subplots(2 * rows, columns, sharex=True, sharey="row", squeeze=False, height_ratios=[2, 3] * rows)
    titles, labels = _split(list(groups.values()))
    distinct = list(dict.fromkeys(labels.values()))
    style = styles(distinct, distinct)
    drawn = {}
    for i, members in enumerate(groups.values()):
        above, below = (grid[2 * (i // columns) + part, i % columns] for part in (0, 1))
        values = weights[members[0]]
        above.stairs(values, np.arange(len(values) + 1) - 0.5, color=GREY, alpha=0.4, fill=True)
        above.set_title(textwrap.fill(plain(titles[i]), 36), fontsize="small")
        above.set_ylim(0, 1.05 * max(values.max() for values in weights.values()))
        below.axhline(0, color=BLACK, linewidth=1)
        for name in members:
            drawn[labels[name]] = line(below, change[name].mean(axis=0), **style[labels[name]])
            _band(below, change[name], style[labels[name]], len(members))
        below.set_xlabel(OUTPUT)
        below.tick_params(labelbottom=True)
        below.grid(axis="y", alpha=0.3)
    for axes in grid.flat:
        axes.set_visible(axes.has_data())
    for row in range(rows):
        grid[2 * row, 0].set_ylabel("weight")
        grid[2 * row + 1, 0].set_ylabel("change of test RMSE [%]")
    if max(np.abs(values).max() for values in change.values()) > LARGE:
        for axes in grid[1::2].flat:
            axes.set_yscale("symlog", linthresh=10)
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    legend(figure, named(drawn))
    return figure


def forecasts(past: np.ndarray | None, truth: np.ndarray, lines: Mapping[str, np.ndarray], unit: str) -> Figure:
    """Some windows, one panel each: the truth, and each variant's forecast.

    past: the history, [k, lookback], or None where the data holds none; truth: [k, outputs]; lines: variant ->
    [k, outputs]; unit: the target's. Two variants and four windows fill the picture well.
    """
    rmse = {name: np.sqrt(np.mean((values - truth) ** 2, axis=1)) for name, values in lines.items()}
    overall = ", ".join(f"{name} {np.sqrt(np.mean(by_window**2)):.3g}" for name, by_window in rmse.items())
    figure = new_figure(f"RMSE in these windows: {overall} {unit}".strip(), 7, 5)
    titles = [
        f"window {i + 1}: RMSE {', '.join(f'{by_window[i]:.3g}' for by_window in rmse.values())} {unit}".strip()
        for i in range(len(truth))
    ]
    own = styles(list(lines), list(lines))
    windows(figure, truth, {name: (values, own[name]) for name, values in lines.items()}, titles, unit, past)
    return figure


def _error_title(means: Mapping[str, np.ndarray], ranked: Sequence[str], reference: str | None) -> str:
    others = [name for name in ranked if name != reference]
    best, outputs = others[0], len(means[ranked[0]])
    if reference is not None:
        below = np.sum(means[best] < means[reference])
        return f"{best} lies below {reference} at {below} of {outputs} outputs"
    if not others[1:]:
        return f"{best}: test RMSE is {means[best].min():.3g} to {means[best].max():.3g}"
    lowest = np.sum(means[best] <= np.min([means[name] for name in others[1:]], axis=0))
    return f"{best} has the lowest mean, and is lowest at {lowest} of {outputs} outputs"


def _effect_title(weights: Mapping[str, np.ndarray], change: Mapping[str, np.ndarray]) -> str:
    heavy = {name: values > values.mean() for name, values in weights.items()}
    gains = {name: change[name].mean(axis=0) for name, outputs in heavy.items() if outputs.any()}
    work = sum(gain[heavy[name]].mean() < gain[~heavy[name]].mean() for name, gain in gains.items())
    return f"{work} of {len(weights)} variants gain more where their weights are above average than elsewhere"


def _styles(ranked: Sequence[str], names: Sequence[str], reference: str | None) -> dict[str, dict[str, Any]]:
    """The reference is black, whatever its rank."""
    others = styles([name for name in ranked if name != reference], [name for name in names if name != reference])
    own = {} if reference is None else {reference: {"color": BLACK, "linewidth": 1.6, "zorder": 4}}
    return others | own


def _band(axes: Axes, values: np.ndarray, style: Mapping[str, Any], lines: int) -> None:
    """Lowest to highest seed; bands of many variants would hide each other. values: [seeds, outputs]."""
    if lines <= MOST_BANDS and len(values) > 1:
        low, high, outputs = values.min(axis=0), values.max(axis=0), np.arange(values.shape[1])
        axes.fill_between(outputs, low, high, color=style["color"], alpha=0.15, linewidth=0)


def _split(groups: Sequence[Sequence[str]]) -> tuple[list[str], dict[str, str]]:
    """What the names of a group alone have in common, for its title, and for each variant the words that are left.

    So that one loss has one colour under every set of weights. Where that gives two of a group one name, full names.
    """
    titles, labels = [], {}
    for place, members in enumerate(groups):
        elsewhere = {word for i, names in enumerate(groups) if i != place for name in names for word in name.split()}
        shared = [w for w in members[0].split() if w not in elsewhere and all(w in n.split() for n in members)]
        rest = {name: " ".join(w for w in name.split() if w not in shared) or name for name in members}
        titles.append(" ".join(shared))
        labels |= rest
        if len(set(rest.values())) < len(members):
            labels |= {name: name for name in members}
    return titles, labels
