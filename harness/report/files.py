"""A report as files: the page, its tables and pictures one by one, and the summary."""

import csv
import io
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.errors import InputError
from harness.plots.drawing import write_picture
from harness.processes.lock import held
from harness.report.page import GENERATOR, to_html
from harness.report.section import Section, Table
from harness.report.summary import WIDTH, to_text

PAGE, SUMMARY, TABLES, PICTURES = "index.html", "summary.txt", "tables", "pictures"
UNFINISHED = ".unfinished"


def write_files(folder: Path, title: str, lead: str, sections: Sequence[Section]) -> None:
    """Writes index.html, summary.txt, tables/*.csv and pictures/*.png, in place of those of an earlier report.

    Raises:
        InputError: the folder holds files of these names that no report wrote.
    """
    _refuse_others(folder)
    folder.mkdir(parents=True, exist_ok=True)
    # Beside where it will be, so that a move is one step, and nobody reads half a page.
    with _alone(folder), tempfile.TemporaryDirectory(prefix=f"{UNFINISHED}-", dir=folder) as unfinished:
        new, old = Path(unfinished, "new"), Path(unfinished, "old")
        for place in (new / TABLES, new / PICTURES, old):
            place.mkdir(parents=True)
        pictures: dict[str, bytes] = {}
        for section in sections:
            for table in section.tables:
                (new / TABLES / f"{table.name}.csv").write_text(_csv(table), "utf-8", newline="")
            for picture in section.pictures:
                file = new / PICTURES / f"{picture.name}.png"
                write_picture(picture.figure, file)
                pictures[picture.name] = file.read_bytes()
        (new / PAGE).write_text(to_html(title, lead, sections, pictures), "utf-8")
        (new / SUMMARY).write_text(to_text(title, lead, sections, WIDTH) + "\n", "utf-8")
        for name in (PAGE, SUMMARY):
            (new / name).replace(folder / name)
        for name in (TABLES, PICTURES):
            if (folder / name).exists():
                (folder / name).replace(old / name)
            (new / name).replace(folder / name)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two reports into one folder wait for each other; what a killed one left behind is removed."""
    with held(folder / f"{UNFINISHED}.lock"):
        for leftover in folder.glob(f"{UNFINISHED}-*"):
            shutil.rmtree(leftover)
        yield


def _refuse_others(folder: Path) -> None:
    page = folder / PAGE
    if page.is_file() and GENERATOR in page.read_text(errors="replace"):
        return
    others = [name for name in (PAGE, SUMMARY, TABLES, PICTURES) if (folder / name).exists()]
    if others:
        found = f"{folder} holds {', '.join(others)}, which no report wrote"
        raise InputError("report.folder", found, "Name a folder that is new or empty")


def _csv(table: Table) -> str:
    """Numbers in full, None as an empty cell."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([table.columns, *table.rows])
    return text.getvalue()
