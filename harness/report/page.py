"""A report as one HTML page that needs nothing beside it."""

import base64
import json
import math
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from harness.report.section import Coordinates, Picture, Section, Table
from harness.report.values import Value, is_numeric, written

GENERATOR = '<meta name="generator" content="harness report">'
# The page may load nothing: what it shows is in it.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
MOST_ROWS = 40  # of a table that is not folded
UNBROKEN = 40  # characters of a cell on one line
INCH = 96  # pixels


def to_html(title: str, lead: str, sections: Sequence[Section], pictures: Mapping[str, bytes]) -> str:
    """The whole page; every text in it is text, and no markup.

    pictures: PNG files by the names of the sections' pictures.
    """
    here = Path(__file__).parent
    template, style = ((here / f"page.{kind}").read_text() for kind in ("html", "css"))
    script = "\n".join((here / f"page_{name}.js").read_text() for name in ("tables", "coordinates"))
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


def _section(section: Section, place: int, pictures: Mapping[str, bytes]) -> str:
    sentences = "".join(f"<li>{escape(sentence)}</li>" for sentence in section.sentences)
    parts = [
        f'<section id="s{place}"><h2>{escape(section.title)}</h2>',
        f"<ul>{sentences}</ul>" if sentences else "",
        *(_table(table) for table in section.tables),
        *(_picture(picture, pictures[picture.name]) for picture in section.pictures),
        *(_coordinates(each) for each in section.coordinates),
        "</section>",
    ]
    return "\n".join(filter(None, parts)) + "\n"


def _table(table: Table) -> str:
    numeric = [is_numeric([row[i] for row in table.rows]) for i in range(len(table.columns))]
    classes = [' class="number"' if of_numbers else "" for of_numbers in numeric]
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


def _cell(value: Value, kind: str) -> str:
    if value is None or isinstance(value, str):
        long = ' class="long"' if value and len(value) > UNBROKEN else kind
        return f"<td{long}>{escape(value or '')}</td>"
    # NaN has no place in an order: it stands with the empty cells.
    full = "" if math.isnan(value) else str(value).replace("inf", "Infinity")
    return f'<td{kind} data-value="{full}">{escape(written(value))}</td>'


def _coordinates(each: Coordinates) -> str:
    axes, columns = [], []
    for place, name in enumerate(each.axes):
        own = [row[place] for row in each.rows]
        values = None if place == len(each.axes) - 1 else sorted({str(value) for value in own}, key=_in_order)
        axes.append({"name": name, "values": values})
        columns.append(own if values is None else [values.index(str(value)) for value in own])
    names = [
        ", ".join(f"{name}={written(value)}" for name, value in zip(each.axes, row, strict=True)) for row in each.rows
    ]
    found = {"axes": axes, "rows": list(zip(*columns, strict=True)), "names": names, "lower": each.lower_is_better}
    # A name may hold what would end the element.
    content = json.dumps(found, allow_nan=False).replace("<", r"\u003c")
    label = escape(f"Parallel coordinates of {len(each.rows)} networks")
    return (
        f'<figure class="coordinates" id="coordinates-{escape(each.name)}">'
        '<div class="bar"><output></output><button type="button">Show all</button></div>\n'
        f'<div class="scroll" tabindex="0" role="region" aria-label="{label}">'
        f'<svg role="img" aria-label="{label}"></svg></div>\n'
        f"<figcaption>{escape(each.caption)}</figcaption>"
        f'<script type="application/json">{content}</script></figure>'
    )


def _in_order(value: str) -> tuple[bool, float, str]:
    """Numbers by size, before all other texts by letter."""
    try:
        return False, float(value), value
    except ValueError:
        return True, 0.0, value


def _picture(picture: Picture, png: bytes) -> str:
    width, height = (round(inches * INCH) for inches in picture.figure.get_size_inches())
    title = escape(" ".join(picture.figure.get_suptitle().replace(r"\$", "$").split()))
    source = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    return (
        f'<figure><div class="scroll"><img id="picture-{escape(picture.name)}" src="{source}" width="{width}" '
        f'height="{height}" alt="{title}"></div>\n<figcaption>{escape(picture.caption)}</figcaption></figure>'
    )
