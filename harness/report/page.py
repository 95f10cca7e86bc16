"""A report as files: one page that needs nothing beside it, its tables and pictures one by one, and a summary."""

import base64
import csv
import io
import math
import tempfile
import textwrap
from collections.abc import Sequence
from html import escape
from numbers import Integral, Real
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from harness.errors import InputError
from harness.report.section import Picture, Section, Table

PAGE, SUMMARY, TABLES, PICTURES = "index.html", "summary.txt", "tables", "pictures"
GENERATOR = '<meta name="generator" content="harness report">'
# The page may load nothing: what it shows is in it.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
MOST_ROWS = 40  # of a table that is not folded
COLUMNS, TABLE, LONGEST = 100, 130, 24  # characters: of the summary, its table, and a text in that
UNBROKEN = 40  # characters of a cell of the page
INCH = 96  # pixels of the page


def write_page(folder: Path, title: str, lead: str, sections: Sequence[Section]) -> None:
    """Writes index.html, summary.txt, tables/*.csv and pictures/*.png, in place of those of an earlier report.

    Raises:
        InputError: the folder holds files of these names that are no report's.
    """
    _refuse_others(folder)
    folder.mkdir(parents=True, exist_ok=True)
    # Beside where it will be, so that a move is one step, and nobody reads half a page.
    with tempfile.TemporaryDirectory(prefix=".unfinished-", dir=folder) as unfinished:
        new, old = Path(unfinished, "new"), Path(unfinished, "old")
        for each in (new / TABLES, new / PICTURES, old):
            each.mkdir(parents=True)
        pictures = {}
        for section in sections:
            for table in section.tables:
                (new / TABLES / f"{table.name}.csv").write_text(_csv(table), "utf-8", newline="")
            for picture in section.pictures:
                file = new / PICTURES / f"{picture.name}.png"
                picture.figure.savefig(file)
                pictures[picture.name] = file.read_bytes()
        (new / PAGE).write_text(_html(title, lead, sections, pictures), "utf-8")
        (new / SUMMARY).write_text(to_text(title, lead, sections) + "\n", "utf-8")
        for name in (PAGE, SUMMARY):
            (new / name).replace(folder / name)
        for name in (TABLES, PICTURES):
            if (folder / name).exists():
                (folder / name).replace(old / name)
            (new / name).replace(folder / name)


def to_text(title: str, lead: str, sections: Sequence[Section]) -> str:
    """The findings for a terminal: every section's sentences, and the first table of the first section."""
    lines = [title, "=" * len(title), *_wrap(lead)]
    for place, section in enumerate(sections):
        lines += ["", section.title, "-" * len(section.title)]
        for sentence in section.sentences:
            lines += _wrap(sentence, "- ")
        if place == 0 and section.tables:
            lines += ["", *_text_table(section.tables[0])]
    return "\n".join(lines)


def _refuse_others(folder: Path) -> None:
    page = folder / PAGE
    if page.is_file() and GENERATOR in page.read_text(errors="replace"):
        return
    others = [name for name in (PAGE, SUMMARY, TABLES, PICTURES) if (folder / name).exists()]
    if others:
        found = f"{folder} holds {', '.join(others)}, which no report has written"
        raise InputError("report.folder", found, "Name a folder that is new or empty")


def _html(title: str, lead: str, sections: Sequence[Section], pictures: dict[str, bytes]) -> str:
    template, style, script = (Path(__file__).with_suffix(f".{kind}").read_text() for kind in ("html", "css", "js"))
    return template.format(
        policy=POLICY,
        generator=GENERATOR,
        title=escape(title),
        lead=escape(lead),
        style=style,
        script=script,
        contents="".join(f'<li><a href="#s{i}">{escape(s.title)}</a></li>' for i, s in enumerate(sections)),
        sections="".join(_section(section, i, pictures) for i, section in enumerate(sections)),
    )


def _section(section: Section, place: int, pictures: dict[str, bytes]) -> str:
    sentences = "".join(f"<li>{escape(each)}</li>" for each in section.sentences)
    parts = [
        f'<section id="s{place}"><h2>{escape(section.title)}</h2>',
        f"<ul>{sentences}</ul>" if sentences else "",
        *(_table(each) for each in section.tables),
        *(_picture(each, pictures[each.name]) for each in section.pictures),
        "</section>",
    ]
    return "\n".join(filter(None, parts)) + "\n"


def _table(table: Table) -> str:
    numeric = [_is_numeric([row[i] for row in table.rows]) for i in range(len(table.columns))]
    classes = [' class="number"' if each else "" for each in numeric]
    heads = "".join(
        f'<th scope="col"{kind}><button type="button">{escape(name) or "note"}</button></th>'
        for name, kind in zip(table.columns, classes, strict=True)
    )
    rows = "\n".join(
        f"<tr>{''.join(_cell(value, kind) for value, kind in zip(row, classes, strict=True))}</tr>"
        for row in table.rows
    )
    caption = f"caption-{escape(table.name)}"
    shown = (
        f'<div class="scroll" tabindex="0" role="region" aria-labelledby="{caption}">'
        f'<table id="table-{escape(table.name)}" aria-labelledby="{caption}">\n'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div>"
    )
    if len(table.rows) > MOST_ROWS:
        shown = f"<details><summary>Show all {len(table.rows)} rows</summary>{shown}</details>"
    return f'<div class="table"><p class="caption" id="{caption}">{escape(table.caption)}</p>\n{shown}</div>'


def _cell(value: str | float | int | None, kind: str) -> str:
    if not _is_number(value):
        long = ' class="long"' if value and len(value) > UNBROKEN else kind
        return f"<td{long}>{escape(value or '')}</td>"
    # NaN has no place in an order: it stands with the empty cells.
    full = "" if math.isnan(value) else str(value).replace("inf", "Infinity")
    return f'<td{kind} data-value="{full}">{escape(_figure(value))}</td>'


def _picture(picture: Picture, png: bytes) -> str:
    width, height = (round(each * INCH) for each in picture.figure.get_size_inches())
    told = escape(" ".join(picture.figure.get_suptitle().replace(r"\$", "$").split()))
    source = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    return (
        f'<figure><div class="scroll"><img id="picture-{escape(picture.name)}" src="{source}" width="{width}" '
        f'height="{height}" alt="{told}"></div>\n<figcaption>{escape(picture.caption)}</figcaption></figure>'
    )


def _csv(table: Table) -> str:
    """Numbers in full, None as an empty cell."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([table.columns, *table.rows])
    return text.getvalue()


def _text_table(table: Table) -> list[str]:
    """Without columns of long texts, which would take the room of the others."""
    texts = [[_figure(row[i]) for row in table.rows] for i in range(len(table.columns))]
    shown = RichTable(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    kept = [i for i, column in enumerate(texts) if i == 0 or max(map(len, column), default=0) <= LONGEST]
    for i in kept:
        number = _is_numeric([row[i] for row in table.rows])
        shown.add_column(Text(table.columns[i]), justify="right" if number else "left", overflow="fold")
    for row in zip(*(texts[i] for i in kept), strict=True):
        shown.add_row(*map(Text, row))
    console = Console(file=io.StringIO(), width=TABLE, no_color=True)
    console.print(shown)
    return [line.rstrip() for line in console.file.getvalue().splitlines() if line.strip()]


def _wrap(text: str, mark: str = "") -> list[str]:
    wanted = {"initial_indent": mark, "subsequent_indent": " " * len(mark), "break_on_hyphens": False}
    return textwrap.wrap(text, COLUMNS, break_long_words=False, **wanted)


def _figure(value: str | float | int | None) -> str:
    """A number with four significant digits, a whole one in full."""
    if value is None:
        return ""
    if not _is_number(value) or isinstance(value, Integral):
        return str(value)
    large = 1e4 <= abs(value) < 1e9
    return f"{value:.0f}" if large else f"{value:#.4g}".removesuffix(".")


def _is_numeric(column: Sequence[str | float | int | None]) -> bool:
    known = [value for value in column if value is not None]
    return bool(known) and all(map(_is_number, known))


def _is_number(value: str | float | int | None) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)
