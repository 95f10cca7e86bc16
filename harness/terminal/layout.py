"""A table as lines of text that fit a width: whole columns are left out, and no name or number is ever broken."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.terminal.console import wrap

GAP = "  "


@dataclass(frozen=True)
class Column:
    """A column of a table.

    cells: one a row; number: aligned to the right, and on one line; rank: where there is no room for all, columns of a
    high rank are left out first; those of rank 0 are always shown.
    """

    heading: str
    cells: Sequence[str]
    number: bool = False
    rank: int = 0

    @property
    def width(self) -> int:
        """Characters, with every cell on one line."""
        return max(map(len, (self.heading, *self.cells)))

    @property
    def narrowest(self) -> int:
        """Characters, with texts broken between words."""
        if self.number:
            return self.width
        return max((len(word) for text in (self.heading, *self.cells) for word in text.split()), default=0)


@dataclass(frozen=True)
class Layout:
    """heading: lines; rows: the lines of each row."""

    heading: Sequence[str]
    rows: Sequence[Sequence[str]]

    @property
    def rule(self) -> str:
        """The line below the heading."""
        return "─" * max(len(line) for lines in (self.heading, *self.rows) for line in lines)

    @property
    def lines(self) -> list[str]:
        """All of it."""
        return [*self.heading, self.rule, *(line for row in self.rows for line in row)]


def lay_out(columns: Sequence[Column], width: int | None) -> Layout:
    """As many columns as fit `width`; None: all of them.

    Where those of rank 0 alone are too wide, their texts are broken between words; a word longer than that leaves the
    table wider than asked.
    """
    shown = _fitting(columns, width)
    widths = _widths(shown, width)
    heading = _lines([column.heading for column in shown], shown, widths)
    rows = [_lines(cells, shown, widths) for cells in zip(*(column.cells for column in shown), strict=True)]
    return Layout(heading, rows)


def fits(columns: Sequence[Column], width: int | None) -> bool:
    """Whether all of these fit, every cell on one line."""
    return width is None or sum(column.width for column in columns) + len(GAP) * (len(columns) - 1) <= width


def _fitting(columns: Sequence[Column], width: int | None) -> list[Column]:
    shown = {place for place, column in enumerate(columns) if column.rank == 0}
    for place in sorted(range(len(columns)), key=lambda place: columns[place].rank):
        if columns[place].rank and fits([columns[i] for i in (*shown, place)], width):
            shown.add(place)
    return [columns[place] for place in sorted(shown)]


def _widths(columns: Sequence[Column], width: int | None) -> list[int]:
    widths = [column.width for column in columns]
    while width is not None and sum(widths) + len(GAP) * (len(widths) - 1) > width:
        slack = [wide - column.narrowest for wide, column in zip(widths, columns, strict=True)]
        widest = max((i for i, room in enumerate(slack) if room > 0), key=lambda i: widths[i], default=None)
        if widest is None:
            break
        widths[widest] -= 1
    return widths


def _lines(cells: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> list[str]:
    broken = [
        [cell] if column.number else wrap(cell, wide, indent="") or [""]
        for cell, column, wide in zip(cells, columns, widths, strict=True)
    ]
    lines = []
    for place in range(max(map(len, broken))):
        texts = [lines_of[place] if place < len(lines_of) else "" for lines_of in broken]
        aligned = [
            text.rjust(wide) if column.number else text.ljust(wide)
            for text, column, wide in zip(texts, columns, widths, strict=True)
        ]
        lines.append(GAP.join(aligned).rstrip())
    return lines
