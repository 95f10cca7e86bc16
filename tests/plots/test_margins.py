"""Every text of a trial's picture stands in the figure, and none on another: measured as matplotlib draws them."""

import io
import itertools

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from harness.plots.margins import Margins
from harness.plots.trial import error_by_output, forecasts, learning_curve, search, weights


def texts(figure):
    """The boxes of all texts that are drawn, by what they say."""
    figure.savefig(io.BytesIO())
    found = [text for text in figure.findobj(Text) if text.get_visible()]
    axes = {t for a in figure.axes for axis in (a.xaxis, a.yaxis) for t in axis.get_ticklabels(which="both")}
    # Ticks that are out of view are kept by matplotlib, and not drawn.
    found = [text for text in found if text.get_text() and (text not in axes or _in_view(figure, text))]
    return [(text.get_text(), text.get_window_extent()) for text in found]


def _in_view(figure, text):
    for axes in filter(lambda axes: axes.get_visible(), figure.axes):
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                if text in (tick.label1, tick.label2):
                    return low <= tick.get_loc() <= high
    return False


def windows(scale, count=4, unit="ppm"):
    history, y = np.linspace(0, scale, 20 * count).reshape(count, 20), np.linspace(-scale, scale, 9 * count)
    y = y.reshape(count, 9)
    return forecasts(history, y, y / 2, np.arange(count) + 1000, unit)


STEPS = np.arange(30.0)
PICTURES = {
    "learning": lambda scale: learning_curve(scale / (1 + STEPS), scale * (40 - STEPS), "val_rmse", "ppm", 30),
    "error": lambda scale: error_by_output(scale * (STEPS + 1), {"drift": scale * (STEPS + 2)}, "ppm"),
    "weights": lambda scale: weights(np.linspace(0, 1, 12) * scale),
    "by sample": lambda scale: weights(np.linspace(0, 1, 12 * 500).reshape(500, 12) * scale),
    "windows": windows,
    "three windows": lambda scale: windows(scale, count=3),
    "one window": lambda scale: windows(scale, count=1, unit=""),
    "search": lambda scale: search(
        np.array([3.0, 2, np.nan]) * scale, "a_metric_with_a_long_name", "ppm", lower_is_better=True
    ),
}


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("scale", [1e-7, 0.00123, 1.0, 54321.0, 3e12])
def test_no_text_leaves_the_figure_or_covers_another(name, scale):
    figure = PICTURES[name](scale)
    found = texts(figure)
    width, height = figure.bbox.width, figure.bbox.height
    for text, box in found:
        assert min(box.x0, box.y0, width - box.x1, height - box.y1) >= 0, text
    for (one, box), (other, its) in itertools.combinations(found, 2):
        # A rotated text may touch what it stands beside by a pixel.
        apart = box.x1 <= its.x0 + 1 or its.x1 <= box.x0 + 1 or box.y1 <= its.y0 + 1 or its.y1 <= box.y0 + 1
        assert apart, (one, other)


def test_a_panel_outside_a_grid_is_refused():
    figure = Figure(layout=Margins())
    figure.add_axes((0, 0, 1, 1))
    with pytest.raises(ValueError, match="panels of a grid"):
        Margins().execute(figure)
