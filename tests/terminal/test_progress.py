import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios

import pytest

from harness.spec import Outcome
from harness.terminal.progress import SweepProgress, standing, trial_and_result
from harness.terminal.table import Standard, standard_of

KEYS = ["loss", "data.features"]
OWN = {"evaluate": {"metrics": {"peak": {"_target_": "theirs.peak", "lower_is_better": False}}}}
PEAKS = standard_of([OWN], "test_peak")


def outcome(score, status="FINISHED", peak=0.0):
    labels = {"loss": "a", "data.features": "[temp],[/b]"}
    return Outcome(status, labels, 1, {"test_weighted_rmse": score, "test_peak": peak}, {}, "f", 2.0, reason="[why]")


def test_a_trial_is_one_line_of_plain_text():
    line = trial_and_result(outcome(0.25), KEYS, Standard(), 1, 8)
    assert line == ("1/8 loss=a data.features=[temp],[/b] seed=1", "test_weighted_rmse 0.25, 2 s")
    failed = trial_and_result(outcome(0.25, "FAILED"), KEYS, Standard(), 2, 8)
    assert failed == ("2/8 loss=a data.features=[temp],[/b] seed=1", "FAILED, [why]")


def test_the_best_so_far_is_the_best_of_the_metric_that_ranks():
    both = [outcome(0.5, peak=0.1), outcome(0.25, peak=0.9), outcome(0, "FAILED", peak=3)]
    assert standing(both, Standard(), 4, 3.0) == ["1 failed", "0 min 1 s left", "best 0.25"]
    assert standing([*both[:1], outcome(0.9, peak=0.7)], PEAKS, 4, 2.0)[-1] == "best 0.7"
    assert trial_and_result(outcome(0.25, peak=0.9), KEYS, PEAKS, 1, 8)[1] == "test_peak 0.9, 2 s"


def test_searches_count_by_their_share():
    search = {"stage": "tuner trials", "done": 3, "total": 10, "best": 0.125, "share": 0.5}
    assert standing([], Standard(), 2, 60.0, [search]) == [
        "0 failed",
        "3 min 0 s left",
        "search 3/10 tuner trials (best 0.125)",
    ]


@pytest.mark.parametrize("width", ["80", "160"])
def test_outcomes_of_a_sweep_are_printed_in_a_pipe_without_a_bar(monkeypatch, capsys, width):
    monkeypatch.setenv("COLUMNS", width)
    with SweepProgress(
        lambda: {0: outcome(0.25), 1: outcome(1, "FAILED")}, dict, lambda done: [], 0, 2, KEYS, Standard()
    ):
        pass
    printed = capsys.readouterr().out
    assert " ".join(printed.split()) == (
        "1/2 loss=a data.features=[temp],[/b] seed=1: test_weighted_rmse 0.25, 2 s "
        "2/2 loss=a data.features=[temp],[/b] seed=1: FAILED, [why]"
    )
    assert max(map(len, printed.splitlines())) <= int(width)


SWEEP = """
import time
from harness.spec import Outcome
from harness.terminal.progress import SweepProgress
from harness.terminal.table import Standard
done = {i: Outcome("FINISHED", {"loss": "[b]"}, i, {"test_weighted_rmse": 0.25}, {}, "f", 2.0) for i in range(24)}
search = {"stage": "tuner trials", "done": 3, "total": 10, "best": 0.125, "share": 0.5}
with SweepProgress(lambda: done, lambda: {30: search, 31: search}, lambda done: [], 0, 240, ["loss"], Standard()):
    time.sleep(0.8)
"""


@pytest.mark.parametrize("width", [80, 160])
def test_the_bar_takes_one_line_of_a_real_terminal(width):
    """Read from a pseudo-terminal of so many columns; each state of the bar begins by erasing the one before it."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")} | {"TERM": "xterm"}
    process = subprocess.Popen([sys.executable, "-c", SWEEP], stdout=child, stderr=child, env=environment)
    os.close(child)
    printed = b""
    while True:
        try:
            chunk = os.read(parent, 65536)
        except OSError:
            break
        if not chunk:
            break
        printed += chunk
    assert process.wait() == 0
    os.close(parent)
    text = printed.decode()
    assert "\x1b[1A" not in text, "the bar never takes a second line"
    assert "24/240 loss=[b] seed=23: test_weighted_rmse 0.25, 2 s" in text
    assert ("search 3/10" in text) == (width == 160), "a wide terminal shows more"
