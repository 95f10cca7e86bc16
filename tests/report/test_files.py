import csv

import pytest
from test_page import ROWS, picture, table, written

from harness.errors import InputError
from harness.report.section import Picture, Section


def test_tables_are_kept_in_full(tmp_path):
    written(tmp_path, [Section("One", [], [table()])])
    with (tmp_path / "tables" / "ranking.csv").open(newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    assert head == ["variant", "error [ppm]", "seeds"]
    assert [[name, float(value) if value else None, int(n) if n else None] for name, value, n in rows] == ROWS


def test_an_earlier_report_is_replaced(tmp_path):
    written(tmp_path, [Section("One", ["old"], [table("old")], [picture("old")])])
    page = written(tmp_path, [Section("One", ["new"], [table("new")], [picture("new")])])
    assert "<li>new</li>" in page
    assert "<li>old</li>" not in page
    files = sorted(str(each.relative_to(tmp_path)) for each in tmp_path.rglob("*") if each.is_file())
    assert files == ["index.html", "pictures/new.png", "summary.txt", "tables/new.csv"]


def test_a_report_that_fails_leaves_the_earlier_one(tmp_path):
    before = written(tmp_path, [Section("One", ["old"], [table("old")])])
    with pytest.raises(AttributeError):
        written(tmp_path, [Section("One", [], [table("new")], [Picture("broken", None, "")])])
    assert (tmp_path / "index.html").read_text("utf-8") == before
    files = sorted(each.name for each in tmp_path.rglob("*") if each.is_file())
    assert files == ["index.html", "old.csv", "summary.txt"]


@pytest.mark.parametrize("name", ["index.html", "tables/mine.csv"])
def test_files_that_are_no_reports_are_left_alone(tmp_path, name):
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("mine")
    with pytest.raises(InputError, match=f"holds {name.split('/')[0]}, which no report wrote"):
        written(tmp_path, [])
    assert file.read_text() == "mine"


def test_other_files_of_the_folder_stay(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    written(tmp_path, [Section("One", ["a"])])
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_what_a_killed_report_left_is_removed(tmp_path):
    left = tmp_path / ".unfinished-abc" / "new"
    left.mkdir(parents=True)
    (left / "index.html").write_text("half")
    (tmp_path / ".unfinished.lock").touch()
    written(tmp_path, [Section("One", ["a"])])
    assert sorted(file.name for file in tmp_path.iterdir()) == ["index.html", "pictures", "summary.txt", "tables"]
