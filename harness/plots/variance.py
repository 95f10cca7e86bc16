"""How much of the variance is due to what, as a picture: numbers in, a matplotlib Figure out."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from harness.plots.drawing import BLUE, GREY, legend, new_figure, plain

ROW, MARGIN, LETTER = 0.34, 1.5, 0.08  # inches


def shares(names: Sequence[str], values: Sequence[float], swept: Sequence[bool], title: str) -> Figure:
    """A bar a source of variance, from the top; values: shares of 1; swept: those that are no chance."""
    longest = LETTER * max(map(len, names))
    figure = new_figure(title, max(7, 4 + longest), MARGIN + ROW * len(names))
    axes = figure.subplots()
    percent, rows = 100 * np.asarray(values, float), np.arange(len(names))
    axes.barh(rows, percent, height=0.62, color=[BLUE if of_keys else GREY for of_keys in swept])
    for row, value in zip(rows, percent, strict=True):
        text = f"{value:.0f} %" if value >= 0.5 or value == 0 else f"{value:.1g} %"
        axes.annotate(text, (value, row), xytext=(4, 0), textcoords="offset points", va="center", fontsize="small")
    axes.set_yticks(rows, map(plain, names), fontsize="small")
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlim(0, 1.12 * max(float(percent.max()), 1))
    axes.set_xlabel("share of the variance [%]")
    axes.spines[["top", "right"]].set_visible(False)
    legend(figure, {"what is swept": Patch(color=BLUE), "chance: seeds and folds": Patch(color=GREY)})
    return figure
