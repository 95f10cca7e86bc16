"""The summary of a report as plain text, for a terminal and for summary.txt."""

from collections.abc import Sequence

from harness.report.section import Section, Table
from harness.report.values import is_numeric, written
from harness.terminal.console import wrap
from harness.terminal.layout import Column, lay_out

WIDTH = 100  # columns of summary.txt
LONGEST = 24  # characters of a text in its table


def to_text(title: str, lead: str, sections: Sequence[Section], width: int) -> str:
    """Every section's sentences, and the first table of the first section, in so many columns."""
    lines = [*_heading(title, "=", width), *wrap(lead, width, indent="")]
    for place, section in enumerate(sections):
        lines += ["", *_heading(section.title, "-", width)]
        for sentence in section.sentences:
            lines += wrap(sentence, width, "- ")
        if place == 0 and section.tables:
            lines += ["", *_table(section.tables[0], width)]
    return "\n".join(lines)


def _heading(title: str, rule: str, width: int) -> list[str]:
    lines = wrap(title, width, indent="")
    return [*lines, rule * max(map(len, lines))]


def _table(table: Table, width: int) -> list[str]:
    """The first two columns, and of the others those that fit; never one of long texts."""
    columns = []
    for place, heading in enumerate(table.columns):
        values = [row[place] for row in table.rows]
        cells = [written(value) for value in values]
        if place == 0 or max(map(len, cells), default=0) <= LONGEST:
            columns.append(Column(heading, cells, number=is_numeric(values), rank=max(place - 1, 0)))
    return lay_out(columns, width).lines
