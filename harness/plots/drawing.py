"""What all pictures share: palette, titles, legends and axes."""

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis, XAxis, YAxis
from matplotlib.figure import Figure
from matplotlib.layout_engine import LayoutEngine
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

# From Okabe and Ito's palette, which people with any colour vision can distinguish.
BLACK, BLUE, ORANGE, GREEN, PINK = "#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7"
SKY, AMBER = "#56B4E9", "#E69F00"
GREY, LIGHT_GREY = "#767676", "#C4C4C4"
OUTPUT = "output (position, from 0)"
COLOURS, LINES = (BLUE, ORANGE, GREEN, PINK, SKY, AMBER), ("-", "--")
# More lines than these cannot be distinguished; where there are more, the best have a style of their own.
MOST_STYLES, BEST_SHOWN, MOST_BANDS = len(COLOURS) * len(LINES), 8, 6
WIDE = 5  # largest over smallest, above which a linear scale hides what is small
SHOWN = 1.5  # times the worst of the lowest points of all curves
POINTS = 72  # an inch


def new_figure(title: str, width: float = 7, height: float = 4, layout: LayoutEngine | None = None) -> Figure:
    """Inches; a long title makes the figure taller, and never leaves it. layout: None: matplotlib's constrained one."""
    lines = _wrapped(plain(title), int(width * 10.5))
    figure = Figure(figsize=(width, height + 0.2 * (len(lines) - 1)), dpi=150, layout=layout or "constrained")
    figure.suptitle("\n".join(lines), fontsize="large")
    return figure


def write_picture(figure: Figure, file: Path) -> None:
    """Writes the figure as PNG and leaves it without its layout engine.

    The layout is made once, here: `savefig` alone would draw everything twice, the first time to make it.
    """
    layout = figure.get_layout_engine()
    if layout is not None:
        layout.execute(figure)
        figure.set_layout_engine(None)
    # zlib's usual level, 6, takes twice as long for files that are one twentieth smaller.
    figure.savefig(file, format="png", pil_kwargs={"compress_level": 3})


def legend(figure: Figure, handles: Mapping[str, Artist] | None = None) -> None:
    """Below the panels, in as many columns as fit; rows after the first make the figure taller.

    handles: by label; without it, what the first panel labels.
    """
    if handles is None:
        lines, labels = figure.axes[0].get_legend_handles_labels()
    else:
        lines, labels = list(handles.values()), [plain(name) for name in handles]
    if not labels:
        return
    size = 10 if len(labels) <= MOST_BANDS else 8
    columns = _columns(labels, figure.get_figwidth() * POINTS / size)
    rows = -(-len(labels) // columns)
    figure.set_figheight(figure.get_figheight() + (rows - 1) * 1.6 * size / POINTS)
    figure.legend(lines, labels, loc="outside lower center", ncols=columns, frameon=False, fontsize=size)


def styles(ranked: Sequence[str], names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """A style for every name, by its place in `names`; where there are too many, the best of `ranked` have one."""
    own = list(names) if len(names) <= MOST_STYLES else list(ranked[:BEST_SHOWN])
    shown = {
        name: {"color": COLOURS[i % len(COLOURS)], "linestyle": LINES[i // len(COLOURS)], "linewidth": 1.3, "zorder": 3}
        for i, name in enumerate(own)
    }
    return {name: shown.get(name, {"color": LIGHT_GREY, "linewidth": 0.8, "zorder": 1}) for name in names}


def named(drawn: Mapping[str, Line2D]) -> dict[str, Line2D]:
    """For a legend: one line for all that are grey."""
    own = {name: line for name, line in drawn.items() if line.get_color() != LIGHT_GREY}
    grey = [line for name, line in drawn.items() if name not in own]
    return own | ({f"{len(grey)} others": grey[0]} if grey else {})


def line(axes: Axes, values: np.ndarray, **style: Any) -> Line2D:
    """values: [outputs]; one output is a dot, as a line would not be seen."""
    return axes.plot(np.arange(len(values)), values, marker="o" if len(values) == 1 else None, **style)[0]


def log_if_wide(axis: XAxis | YAxis, values: np.ndarray) -> None:
    """A log scale where the largest of `values` would press the others into one line."""
    values = np.asarray(values)[np.isfinite(values)]
    if not values.size or values.min() <= 0 or values.max() <= WIDE * values.min():
        return
    if axis is axis.axes.xaxis:
        axis.axes.set_xscale("log")
    else:
        axis.axes.set_yscale("log")
    figure = FuncFormatter(lambda value, _: f"{value:g}")
    axis.set_major_formatter(figure)
    axis.set_minor_locator(LogLocator(subs=(2, 3, 5)))
    # Between powers of ten there is room for labels where these are few.
    axis.set_minor_formatter(figure if values.max() < 100 * values.min() else NullFormatter())


def show_the_end(axes: Axes, curves: Sequence[np.ndarray], falling: bool) -> None:
    """Lets the first epochs of falling curves leave the top, as beside them all curves would look alike.

    curves: [epochs] each, from which NaN is left out; falling: whether lower is better. Rising ones are shown whole.
    """
    values, top = np.concatenate(curves), SHOWN * max(np.nanmin(curve) for curve in curves)
    if falling and np.nanmin(values) > 0 and top < np.nanmax(values):
        values = values[values <= top]
        axes.set_ylim(0.95 * values.min(), top)
    log_if_wide(axes.yaxis, values)


def whole_numbers(axis: Axis) -> None:
    """Epochs and trials are counted."""
    axis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def windows(
    figure: Figure,
    truth: np.ndarray,
    lines: Mapping[str, tuple[np.ndarray, Mapping[str, Any]]],
    titles: Sequence[str],
    unit: str,
    past: np.ndarray | None = None,
) -> None:
    """One panel a window, with the history before it where there is one.

    truth: [k, outputs]; lines: name -> values [k, outputs] and style; past: the history, [k, lookback].
    """
    count, columns = len(truth), min(len(truth), 2)
    panels = figure.subplots(-(-count // columns), columns, sharex=True, sharey=True, squeeze=False)
    for i, axes in enumerate(panels.flat):
        if i >= count:
            axes.set_visible(False)
            continue
        if past is not None:
            axes.plot(np.arange(-past.shape[1], 0), past[i], color=GREY, linewidth=1, label="history")
        line(axes, truth[i], color=BLACK, linewidth=1.2, label="truth")
        for name, (values, style) in lines.items():
            line(axes, values[i], label=plain(name), **style)
        axes.set_title(titles[i], fontsize="small")
        if i + columns >= count:
            axes.tick_params(labelbottom=True)
            axes.set_xlabel("output (below 0: history)" if past is not None else OUTPUT)
    figure.supylabel(in_unit("target ", unit), fontsize="medium")
    legend(figure)


def in_unit(label: str, unit: str) -> str:
    """A target may have no unit."""
    return f"{label}[{unit}]" if unit else label.strip()


def plain(text: str) -> str:
    """So that a dollar sign in a name is one, and opens no formula."""
    return text.replace("$", r"\$")


def _wrapped(title: str, width: int) -> list[str]:
    """As few lines as can be, of about one length."""
    fewest = len(textwrap.wrap(title, width))
    widths = range(-(-len(title) // max(fewest, 1)), width + 1)
    return next((lines for w in widths if w and len(lines := textwrap.wrap(title, w)) == fewest), [])


def _columns(labels: Sequence[str], room: float) -> int:
    """Of a legend, filled down its columns. room: its width in the font's size."""
    for columns in range(len(labels), 1, -1):
        rows = -(-len(labels) // columns)
        longest = [max(map(len, labels[i : i + rows])) for i in range(0, len(labels), rows)]
        if sum(0.58 * letters + 5 for letters in longest) <= room:
            return len(longest)
    return 1
