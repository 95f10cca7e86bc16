"""What a report is made of, before it is a page: sections of sentences, tables and pictures."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from matplotlib.figure import Figure

from harness.report.values import Value


@dataclass(frozen=True)
class Table:
    """One table.

    name: its file's, without ending; caption: what to see in it; columns: headings with units; rows: texts, numbers,
    or None for an empty cell.
    """

    name: str
    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Value]]


@dataclass(frozen=True)
class Picture:
    """One picture. name: its file's, without ending; caption: what to see in it."""

    name: str
    figure: Figure
    caption: str


@dataclass(frozen=True)
class Coordinates:
    """Parallel coordinates, on the page alone: a line a network, an axis a key, and one more for its score.

    name: of the element; caption: what to see in it; axes: headings, the score's last; rows: of each network a text for
    each axis, and its score; lower_is_better: of the score.
    """

    name: str
    caption: str
    axes: Sequence[str]
    rows: Sequence[Sequence[Value]]
    lower_is_better: bool


@dataclass(frozen=True)
class Section:
    """One part of the page. sentences: the findings, plain text."""

    title: str
    sentences: Sequence[str]
    tables: Sequence[Table] = field(default_factory=tuple)
    pictures: Sequence[Picture] = field(default_factory=tuple)
    coordinates: Sequence[Coordinates] = field(default_factory=tuple)
