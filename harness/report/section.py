"""What a report is made of, before it is a page: sections of sentences, tables and pictures."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Table:
    """name: its file's, without ending; columns: headings with units; rows: texts, numbers, or None for an empty cell.

    caption: what to see in it.
    """

    name: str
    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str | float | int | None]]


@dataclass(frozen=True)
class Picture:
    """name: its file's, without ending; figure: a matplotlib Figure; caption: what to see in it."""

    name: str
    figure: Any
    caption: str


@dataclass(frozen=True)
class Section:
    """sentences: the findings, plain text."""

    title: str
    sentences: Sequence[str]
    tables: Sequence[Table] = field(default_factory=tuple)
    pictures: Sequence[Picture] = field(default_factory=tuple)
