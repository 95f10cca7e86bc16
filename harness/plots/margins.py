"""Margins by rule: for the pictures of a trial, of which a sweep draws thousands."""

from collections.abc import Iterable
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.layout_engine import LayoutEngine
from matplotlib.text import Text

POINTS = 72  # an inch
# In points: the fonts of the title and of the label at the left edge, a tick with the room between it and its label,
# and the room around whatever stands alone.
TITLE, LABEL, TICK, ROOM = 12.0, 10.0, 7.0, 5.0
# In font sizes: a digit of DejaVu Sans, and a line.
DIGIT, LINE = 0.64, 1.25


class Margins(LayoutEngine):
    """Lays out a grid of panels with numbers at their ticks, a title above them and at most one legend below them.

    Matplotlib's constrained layout measures every text twice, which takes as long as to draw it. Here a text is as
    large as its letters say: numbers fit, and a panel may be some pixels smaller than it could be.
    """

    _adjust_compatible = True
    _colorbar_gridspec = False

    def execute(self, fig: Figure) -> None:
        """Matplotlib's call before it draws: sets the places of the panels."""
        panels = [_panel(axes) for axes in fig.axes if axes.get_visible()]
        rows, columns = panels[0].place.get_gridspec().get_geometry()
        height = fig.get_figheight() * POINTS
        top = ROOM + _lines(fig.get_suptitle(), TITLE) + _most(p.above for p in panels if p.place.is_first_row())
        bottom = ROOM + _most(p.below for p in panels if p.place.is_last_row())
        bottom += sum(ROOM + legend.get_window_extent().height / fig.dpi * POINTS for legend in fig.legends)
        between = ROOM + _most(p.above for p in panels if not p.place.is_first_row())
        between += _most(p.below for p in panels if not p.place.is_last_row())
        hspace = _gap(between, height - bottom - top, rows)
        fig.subplots_adjust(top=1 - top / height, bottom=bottom / height, hspace=hspace)

        # How high a panel is decides which numbers stand beside it.
        width = fig.get_figwidth() * POINTS
        left = 2 * ROOM + _lines(fig.get_supylabel(), LABEL)
        left += _most(_left(p.axes) for p in panels if p.place.is_first_col())
        right = ROOM + _most(p.right for p in panels if p.place.is_last_col())
        beside = ROOM + _most(_left(p.axes) for p in panels if not p.place.is_first_col())
        beside += _most(p.right for p in panels if not p.place.is_last_col())
        wspace = _gap(beside, width - left - right, columns)
        fig.subplots_adjust(left=left / width, right=1 - right / width, wspace=wspace)


class _Panel(NamedTuple):
    """Where a panel stands in its grid, and the points that are needed on three of its sides."""

    axes: Axes
    place: SubplotSpec
    right: float
    above: float
    below: float


def _panel(axes: Axes) -> _Panel:
    place = axes.get_subplotspec()
    if place is None:
        raise ValueError("only the panels of a grid have margins by rule")
    longest, size = _numbers(axes.xaxis)
    # The first and the last number of the other axis stand half below and half above the panel.
    half = LINE * _numbers(axes.yaxis)[1] / 2
    below = (TICK + LINE * size if longest else 0.0) + _lines(axes.get_xlabel(), _size(axes.xaxis.label))
    # A factor of all numbers stands above them.
    above = _lines(axes.get_title() or axes.yaxis.get_offset_text().get_text(), _size(axes.title))
    return _Panel(axes, place, longest * DIGIT * size / 2, max(above, half), max(below, half))


def _left(axes: Axes) -> float:
    longest, size = _numbers(axes.yaxis)
    return (TICK + longest * DIGIT * size if longest else 0.0) + _lines(axes.get_ylabel(), _size(axes.yaxis.label))


def _numbers(axis: Axis) -> tuple[int, float]:
    """(letters of the longest number at an axis, their font's size)."""
    # The numbers as text: matplotlib would build each tick, and place it, whenever it is asked for its labels.
    first = axis.get_major_ticks(1)[0].label1
    texts = axis.get_major_formatter().format_ticks(list(axis.get_majorticklocs())) if first.get_visible() else []
    longest = max(map(len, texts), default=0)
    return longest, _size(first) if longest else 0.0


def _size(text: Text) -> float:
    return text.get_fontproperties().get_size_in_points()


def _most(needed: Iterable[float]) -> float:
    return max(needed, default=0.0)


def _lines(text: str, size: float) -> float:
    return ROOM + LINE * size * (text.count("\n") + 1) if text else 0.0


def _gap(points: float, room: float, count: int) -> float:
    """A gap as matplotlib has it: as a share of each of the `count` panels that the room is divided into."""
    return points * count / (room - points * (count - 1))
