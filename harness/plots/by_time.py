"""Pictures of training: by epoch and by second; curves in, a matplotlib Figure out; nothing is written or shown."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from harness.plots.drawing import (
    in_unit,
    legend,
    log_if_wide,
    named,
    new_figure,
    show_the_end,
    styles,
    whole_numbers,
)


def learning_curves(
    curves: Mapping[str, Sequence[np.ndarray]], monitor: str, unit: str, *, lower_is_better: bool
) -> Figure:
    """The validation metric by epoch, a line a seed, a dot where it is best.

    curves: variant -> for each seed [epochs], empty where none was kept; monitor, unit: the metric's.
    """
    kept = {name: [curve for curve in seeds if np.isfinite(curve).any()] for name, seeds in curves.items()}
    kept = {name: seeds for name, seeds in kept.items() if seeds}
    if not kept:
        return _empty()
    place_of_best, word = (np.nanargmin, "lowest") if lower_is_better else (np.nanargmax, "highest")
    best = {name: float(np.mean([curve[place_of_best(curve)] for curve in seeds])) for name, seeds in kept.items()}
    ranked = sorted(kept, key=lambda name: best[name], reverse=not lower_is_better)
    leader = ranked[0]
    reached = [int(place_of_best(curve)) + 1 for curve in kept[leader]]
    when = f"epoch {reached[0]}" if len(set(reached)) == 1 else f"epochs {min(reached)} to {max(reached)}"
    figure = new_figure(f"{leader} gets {word}: {monitor} {best[leader]:.4g} {unit}".strip() + f", in {when}", 7, 4.5)
    axes, drawn = figure.subplots(), {}
    for name, style in styles(ranked, list(kept)).items():
        # One line with gaps, as a thousand lines take seconds to draw.
        epochs = np.concatenate([np.arange(1, len(curve) + 2) for curve in kept[name]])
        values = np.concatenate([np.append(curve, np.nan) for curve in kept[name]])
        (drawn[name],) = axes.plot(epochs, values, **{**style, "linewidth": 0.8})
        places = [int(place_of_best(curve)) for curve in kept[name]]
        dots = [curve[place] for curve, place in zip(kept[name], places, strict=True)]
        axes.plot(np.array(places) + 1, dots, ".", color=style["color"], markersize=5, zorder=style["zorder"])
    show_the_end(axes, [curve for seeds in kept.values() for curve in seeds], lower_is_better)
    whole_numbers(axes.xaxis)
    axes.grid(alpha=0.3)
    axes.set_xlabel(f"epoch (dots: where each seed is {word})")
    axes.set_ylabel(in_unit(f"{monitor} ", unit))
    legend(figure, named(drawn))
    return figure


def error_at_equal_seconds(
    curves: Mapping[str, tuple[np.ndarray, np.ndarray]], monitor: str, unit: str, *, lower_is_better: bool
) -> Figure:
    """The best value of the validation metric so far, by seconds of training.

    curves: variant -> seconds [epochs], since training began, and values [epochs]; monitor, unit: the values'.
    """
    best, word = (np.fmin, "lowest") if lower_is_better else (np.fmax, "highest")
    sofar = {name: (s, best.accumulate(v)) for name, (s, v) in curves.items() if np.isfinite(v).any()}
    if not sofar:
        return _empty()
    ends = {name: float(seconds[-1]) for name, (seconds, _) in sofar.items()}
    first_done = min(ends.values())
    then = {name: float(v[s <= first_done][-1]) for name, (s, v) in sofar.items() if s[0] <= first_done}
    leader = sorted(then, key=lambda name: then[name], reverse=not lower_is_better)[0]
    ranked = sorted(sofar, key=lambda name: sofar[name][1][-1], reverse=not lower_is_better)
    figure = new_figure(_leads(leader, ranked[0], first_done, word), 7, 4.5)
    axes, drawn = figure.subplots(), {}
    for name, style in styles(ranked, list(sofar)).items():
        seconds, values = sofar[name]
        (drawn[name],) = axes.step(seconds, values, where="post", **style)
        axes.plot(seconds[-1], values[-1], "o", color=style["color"], markersize=4, zorder=style["zorder"])
    log_if_wide(axes.xaxis, np.array(list(ends.values())))
    show_the_end(axes, [values for _, values in sofar.values()], lower_is_better)
    axes.grid(alpha=0.3)
    axes.set_xlabel("training [s] (dots: done)")
    axes.set_ylabel(in_unit(f"{word} {monitor} so far ", unit))
    legend(figure, named(drawn))
    return figure


def _leads(leader: str, best: str, first_done: float, word: str) -> str:
    when = f"after {first_done:.3g} s, when the first was done"
    if leader == best:
        return f"{best} is {word} {when}, and at the end"
    return f"{best} is {word} at the end, {leader} {when}"


def _empty() -> Figure:
    return new_figure("No curve was kept")
