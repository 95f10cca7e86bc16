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


def learning_curves(curves: Mapping[str, Sequence[np.ndarray]], monitor: str, unit: str) -> Figure:
    """The validation metric by epoch, a line a seed, a dot where it is lowest.

    curves: variant -> for each seed [epochs], empty where none was kept; monitor, unit: the metric's.
    """
    kept = {name: [each for each in seeds if np.isfinite(each).any()] for name, seeds in curves.items()}
    kept = {name: seeds for name, seeds in kept.items() if seeds}
    if not kept:
        return _empty()
    lowest = {name: float(np.mean([np.nanmin(each) for each in seeds])) for name, seeds in kept.items()}
    ranked = sorted(kept, key=lowest.get)
    best = ranked[0]
    epochs = [int(np.nanargmin(each)) + 1 for each in kept[best]]
    when = f"epoch {epochs[0]}" if len(set(epochs)) == 1 else f"epochs {min(epochs)} to {max(epochs)}"
    figure = new_figure(f"{best} gets lowest: {monitor} {lowest[best]:.4g} {unit}".strip() + f", in {when}", 7, 4.5)
    axes, drawn = figure.subplots(), {}
    for name, style in styles(ranked, list(kept)).items():
        # One line with gaps, as a thousand lines take seconds to draw.
        epochs = np.concatenate([np.arange(1, len(each) + 2) for each in kept[name]])
        values = np.concatenate([np.append(each, np.nan) for each in kept[name]])
        (drawn[name],) = axes.plot(epochs, values, **{**style, "linewidth": 0.8})
        dots = [(np.nanargmin(each) + 1, np.nanmin(each)) for each in kept[name]]
        axes.plot(*zip(*dots, strict=True), ".", color=style["color"], markersize=5, zorder=style["zorder"])
    show_the_end(axes, [each for seeds in kept.values() for each in seeds])
    whole_numbers(axes.xaxis)
    axes.grid(alpha=0.3)
    axes.set_xlabel("epoch (dots: where each seed is lowest)")
    axes.set_ylabel(in_unit(f"{monitor} ", unit))
    legend(figure, named(drawn))
    return figure


def error_at_equal_seconds(curves: Mapping[str, tuple[np.ndarray, np.ndarray]], monitor: str, unit: str) -> Figure:
    """The lowest validation error so far, by seconds of training.

    curves: variant -> seconds [epochs], since training began, and errors [epochs]; monitor, unit: the errors'.
    """
    sofar = {name: (s, np.fmin.accumulate(e)) for name, (s, e) in curves.items() if np.isfinite(e).any()}
    if not sofar:
        return _empty()
    ends = {name: s[-1] for name, (s, _) in sofar.items()}
    first_done = min(ends.values())
    then = {name: e[s <= first_done][-1] for name, (s, e) in sofar.items() if s[0] <= first_done}
    leader, ranked = min(then, key=then.get), sorted(sofar, key=lambda name: sofar[name][1][-1])
    figure = new_figure(_leads(leader, ranked[0], first_done), 7, 4.5)
    axes, drawn = figure.subplots(), {}
    for name, style in styles(ranked, list(sofar)).items():
        seconds, errors = sofar[name]
        (drawn[name],) = axes.step(seconds, errors, where="post", **style)
        axes.plot(seconds[-1], errors[-1], "o", color=style["color"], markersize=4, zorder=style["zorder"])
    log_if_wide(axes.xaxis, np.array(list(ends.values())))
    show_the_end(axes, [errors for _, errors in sofar.values()])
    axes.grid(alpha=0.3)
    axes.set_xlabel("training [s] (dots: done)")
    axes.set_ylabel(in_unit(f"lowest {monitor} so far ", unit))
    legend(figure, named(drawn))
    return figure


def _leads(leader: str, best: str, first_done: float) -> str:
    when = f"after {first_done:.3g} s, when the first was done"
    if leader == best:
        return f"{best} is lowest {when}, and at the end"
    return f"{best} is lowest at the end, {leader} {when}"


def _empty() -> Figure:
    return new_figure("No curve was kept")
