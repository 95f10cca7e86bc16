"""Pictures that set variants beside each other: numbers in, a matplotlib Figure out; nothing is written or shown."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from harness.plots.drawing import (
    BLACK,
    BLUE,
    COLOURS,
    GREY,
    ORANGE,
    in_unit,
    legend,
    log_if_wide,
    new_figure,
    plain,
)

ROW, MARGIN = 0.3, 1.7  # inches
LETTER = 0.08  # inches, of the letters that names are written in
LONG = 6  # inches, of two names beside a diagram
MOST_SEEDS = len(COLOURS)
DARK = 0.6


def seed_scatter(
    scores: Mapping[str, Mapping[int, float]],
    metric: str,
    unit: str,
    best_baseline: tuple[str, float] | None,
    *,
    lower_is_better: bool,
) -> Figure:
    """A row a variant, the best mean on top; a dot a seed, a line joining one seed's dots.

    scores: variant -> seed -> value; metric, unit: of the values; best_baseline: its name and value.
    """
    means = {name: float(np.mean(list(by_seed.values()))) for name, by_seed in scores.items()}
    ranked = sorted(scores, key=lambda name: means[name], reverse=not lower_is_better)
    word = "Lowest" if lower_is_better else "Highest"
    figure = _rows(f"{word} on average: {ranked[0]}, {means[ranked[0]]:.4g} {unit}".strip(), ranked)
    axes, handles = figure.axes[0], _seeds(figure.axes[0], scores, ranked)
    (handles["mean"],) = axes.plot(
        [means[name] for name in ranked],
        np.arange(len(ranked)),
        "|",
        color=BLACK,
        markersize=13,
        markeredgewidth=1.8,
        zorder=3,
    )
    drawn = np.array([value for by_seed in scores.values() for value in by_seed.values()])
    if best_baseline:
        name, value = best_baseline
        label = f"best baseline: {name}, {value:.4g} {unit}".strip()
        style: dict[str, Any] = {"color": GREY, "linestyle": "--", "linewidth": 1.2}
        if _near(value, drawn):
            axes.axvline(value, **style)
        else:
            # Drawn far out it would press all variants into one line.
            label += f", off to the {'right' if value > drawn.max() else 'left'}"
        handles[label] = Line2D([], [], **style)
    log_if_wide(axes.xaxis, drawn)
    better = "lower" if lower_is_better else "higher"
    axes.set_xlabel(in_unit(f"{plain(metric)}, {better} is better ", unit))
    legend(figure, handles)
    return figure


def _seeds(axes: Axes, scores: Mapping[str, Mapping[int, float]], ranked: Sequence[str]) -> dict[str, Artist]:
    """Draws a line for each seed, in colours of their own where they are few; the legend's entries."""
    seeds, rows = sorted({seed for by_seed in scores.values() for seed in by_seed}), np.arange(len(ranked))
    few, handles = len(seeds) <= MOST_SEEDS, {}
    for i, seed in enumerate(seeds):
        values = [scores[name].get(seed, np.nan) for name in ranked]
        colour = COLOURS[i] if few else BLUE
        (drawn,) = axes.plot(values, rows, "o-", color=colour, markersize=4, linewidth=0.6, alpha=0.8)
        handles.setdefault(f"seed {seed}" if few else f"{len(seeds)} seeds", drawn)
    return handles


def differences(
    names: Sequence[str],
    means: np.ndarray,
    lows: np.ndarray,
    highs: np.ndarray,
    unit: str,
    reference: str,
    *,
    lower_is_better: bool,
) -> Figure:
    """Differences to the reference with their intervals, the best on top; filled where an interval leaves out 0.

    means, lows, highs: [k], by the order of `names`; unit: theirs.
    """
    order = [int(i) for i in np.argsort(means if lower_is_better else -means, kind="stable")]
    below, above = int(np.sum(highs < 0)), int(np.sum(lows > 0))
    crossing = len(names) - below - above
    title = f"Against {reference}: {below} of {len(names)} intervals lie below 0, {above} above, {crossing} cross it"
    figure = _rows(title, [names[int(i)] for i in order])
    axes = figure.axes[0]
    axes.axvline(0, color=BLACK, linewidth=1)
    left, right = (BLUE, ORANGE) if lower_is_better else (ORANGE, BLUE)
    for row, i in enumerate(order):
        colour = left if highs[i] < 0 else right if lows[i] > 0 else GREY
        axes.plot([lows[i], highs[i]], [row, row], color=colour, linewidth=1.8)
        fill = "white" if colour == GREY else colour
        axes.plot(means[i], row, "o", color=colour, markerfacecolor=fill, markersize=6)
    side = "left" if lower_is_better else "right"
    axes.set_xlabel(in_unit(f"difference, {side} of 0 is better ", unit))
    return figure


def cross_table(
    scores: np.ndarray, rows: Sequence[str], schemes: Sequence[str], own: Sequence[int | None] | None = None
) -> Figure:
    """How many per cent each variant lies above the best of its column.

    scores: [rows, schemes], lower is better; own: each row's column whose weights it was trained under, which is
    framed; None where there is none.
    """
    own = own or [None] * len(rows)
    above = 100 * (scores / scores.min(axis=0) - 1)
    won = sum(own[best] == column for column, best in enumerate(scores.argmin(axis=0)))
    names, columns = LETTER * max(map(len, rows)), LETTER * max(map(len, schemes))
    width = max(7, names + 0.75 * len(schemes) + 0.6)
    upright = columns > (width - names - 0.6) / len(schemes)
    title = f"Under {won} of {len(schemes)} schemes the best was trained under these weights"
    figure = new_figure(title, width, MARGIN + ROW * len(rows) + (columns if upright else 0))
    axes = figure.subplots()
    # The root keeps small differences apart beside a large one.
    norm = PowerNorm(0.5, vmin=0, vmax=max(1, above.max()))
    axes.imshow(above, cmap="Blues", norm=norm, aspect="auto")
    for (row, column), value in np.ndenumerate(above):
        colour = "white" if norm(value) > DARK else BLACK
        text = f"{value:.1f}" if value < 100 else f"{value:.0f}"
        axes.text(column, row, text, ha="center", va="center", color=colour, fontsize="small")
        if own[row] == column:
            frame = Rectangle((column - 0.46, row - 0.42), 0.92, 0.84, fill=False, edgecolor=ORANGE, linewidth=2)
            axes.add_patch(frame)
    axes.set_xticks(range(len(schemes)), map(plain, schemes), rotation=90 if upright else 0, fontsize="small")
    axes.set_yticks(range(len(rows)), map(plain, rows), fontsize="small")
    axes.tick_params(length=0)
    figure.supxlabel("evaluated under the weights of; in the cells: % above the best of the column", fontsize="medium")
    axes.set_ylabel("trained as")
    return figure


def critical_difference(ranks: Mapping[str, float], cliques: Sequence[Sequence[str]]) -> Figure:
    """Demšar's diagram: mean ranks on a line, bars over those that cannot be distinguished.

    ranks: by name, 1 is best; cliques: the names that one bar joins.
    """
    ranked = sorted(ranks, key=lambda name: ranks[name])
    bars = [[ranks[name] for name in clique] for clique in cliques if len(clique) > 1]
    longest = LETTER * max(map(len, ranked))
    # Names of a common length stand on both sides, long ones on one.
    half = -(-len(ranked) // 2) if 2 * longest < LONG else len(ranked)
    left, right = ranked[:half], ranked[half:]
    title = f"{ranked[0]} ranks best; a bar joins what cannot be distinguished"
    width = 4.5 + longest * (2 if right else 1)
    figure = new_figure(title, max(7, width), MARGIN + ROW * (len(left) + 0.6 * len(bars)))
    axes = figure.subplots()
    for row, bar in enumerate(bars, start=1):
        axes.plot([min(bar) - 0.04, max(bar) + 0.04], [0.6 * row] * 2, color=BLACK, linewidth=4, solid_capstyle="butt")
    first = 0.6 * len(bars) + 1
    low, high = 1, max(len(ranked), 2)
    for side, names, end, ha in ((-1, left, low, "right"), (1, right[::-1], high, "left")):
        for i, name in enumerate(names):
            row = first + i
            axes.plot([ranks[name], ranks[name], end], [0, row, row], color=BLUE, linewidth=1)
            text = f"{plain(name)}  {ranks[name]:.2f}" if side < 0 else f"{ranks[name]:.2f}  {plain(name)}"
            beside = {"xytext": (5 * side, 0), "textcoords": "offset points", "ha": ha, "va": "center"}
            axes.annotate(text, (end, row), fontsize="small", annotation_clip=False, **beside)
    axes.set_xlim(low, high)
    axes.set_ylim(first + len(left) - 0.4, -0.9)
    axes.spines[["left", "right", "bottom"]].set_visible(False)
    axes.spines["top"].set_position(("data", 0))
    axes.xaxis.tick_top()
    axes.set_xticks(range(low, len(ranked) + 1, -(-len(ranked) // 10)))
    axes.set_yticks([])
    axes.set_xlabel("mean rank (1 is best)")
    axes.xaxis.set_label_position("bottom")
    return figure


def _rows(title: str, names: Sequence[str]) -> Figure:
    """Axes with a row a name, from the top."""
    width = max(7, 4 + LETTER * max(map(len, names)))
    figure = new_figure(title, width, MARGIN + ROW * len(names))
    axes = figure.subplots()
    axes.set_yticks(range(len(names)), map(plain, names), fontsize="small")
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(axis="x", alpha=0.3)
    return figure


def _near(value: float, drawn: np.ndarray) -> bool:
    """Within as much again as the drawn values span, or a tenth of them."""
    room = max(np.ptp(drawn), 0.1 * abs(drawn).max())
    return drawn.min() - room <= value <= drawn.max() + room
