import os
import subprocess
import sys

import pytest

from harness.terminal.console import fitting, print_pair, print_pointer, print_text

MARKUP = "data.features=[temp],[load] [/b] [bold]x[/bold] :smile: \\[y]"
LONG = "loss=weighted_rmse weights=inverse_variance model.units=16 seed=0: test_weighted_rmse 0.2404, skill -2.673, 3 s"
PATH = "runs/sweeps/2026-11-24_17-57-13-470990_79cd82/a_long_folder/report/index.html"


@pytest.fixture
def columns(monkeypatch):
    """Sets how wide the terminal is; None: a pipe."""

    def columns(width):
        monkeypatch.delenv("COLUMNS", raising=False)
        if width is not None:
            monkeypatch.setenv("COLUMNS", str(width))

    return columns


@pytest.mark.parametrize("width", [80, 160, None])
def test_text_is_never_markup(columns, capsys, width):
    columns(width)
    print_text(MARKUP)
    print_text(MARKUP, "red")
    print_pointer(f"where: {MARKUP}")
    assert capsys.readouterr().out.splitlines() == [MARKUP, MARKUP, f"where: {MARKUP}"]


def test_a_narrow_terminal_breaks_between_words(columns, capsys):
    columns(80)
    print_text(LONG)
    first, second = capsys.readouterr().out.splitlines()
    assert f"{first} {second.strip()}" == LONG
    assert len(first) <= 80
    assert second.startswith("  ")


@pytest.mark.parametrize("width", [160, None])
def test_where_there_is_room_it_is_one_line(columns, capsys, width):
    columns(width)
    print_text(LONG)
    assert capsys.readouterr().out == f"{LONG}\n"


def test_a_pipe_has_no_width(columns, capsys):
    columns(None)
    print_text(" ".join([LONG] * 9))
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_what_is_to_be_copied_stays_whole(columns, capsys):
    columns(80)
    print_pointer(f"The report: {PATH}")
    print_pointer(f"To see every run: mlflow ui --backend-store-uri {PATH}")
    assert capsys.readouterr().out.splitlines() == [
        "The report:",
        f"  {PATH}",
        "To see every run:",
        f"  mlflow ui --backend-store-uri {PATH}",
    ]
    columns(None)
    print_pointer(f"The report: {PATH}")
    assert capsys.readouterr().out == f"The report: {PATH}\n"


def test_the_last_pieces_give_way():
    pieces = ["0 failed", "1 min 3 s left", "best 0.2"]
    assert fitting(pieces, None) == fitting(pieces, 34) == "0 failed, 1 min 3 s left, best 0.2"
    assert fitting(pieces, 33) == "0 failed, 1 min 3 s left"
    assert fitting(pieces, 1) == "0 failed"


def test_a_pair_stands_beside_or_below_each_other(columns, capsys):
    columns(80)
    print_pair("7/8 loss=weighted_mse weights=inverse_variance seed=0:", "test_weighted_rmse 0.2404, skill -2.673, 9 s")
    print_pair("1/8 seed=0:", "test_weighted_rmse [0.2]")
    assert capsys.readouterr().out.splitlines() == [
        "7/8 loss=weighted_mse weights=inverse_variance seed=0:",
        "  test_weighted_rmse 0.2404, skill -2.673, 9 s",
        "1/8 seed=0: test_weighted_rmse [0.2]",
    ]


def test_a_terminal_that_lacks_a_sign_shows_a_question_mark():
    code = "from harness.terminal.console import *; bear_any_encoding(); print_text('0.2 \\u00b1 0.1 \\u2192')"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True
    )
    assert (done.stdout, done.stderr) == (b"0.2 ? 0.1 ?\n", b"")
