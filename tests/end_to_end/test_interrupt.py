"""Whatever stops a command, and whenever: one line, closed runs, and no process of it that lives on."""

import os
import signal
import sqlite3
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

FOR_EVER = ["train.epochs=100000", "train.patience=100000"]
SEARCH = ["search=random", "search.max_trials=3", "search.repeats=1"]
SEARCH += ["search.space={model.units: {type: int, low: 2, high: 6}}"]
SWEEP = ["-m", "seed=0,1"]


def searched(tiny):
    """A search that trains for ever."""
    return [word for word in tiny if not word.startswith("model.units")] + FOR_EVER + SEARCH


def parent_of(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[1])


def until(condition, seconds):
    by = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < by
        time.sleep(0.05)


def statuses(folder):
    """The status of every run in the store."""
    database = folder / "runs" / "mlflow.db"
    if not database.exists():
        return set()
    with closing(sqlite3.connect(database)) as connection:
        return {status for (status,) in connection.execute("SELECT status FROM runs")}


@pytest.fixture
def start(start_process, tmp_path):
    """Starts the command in an empty folder, in a session of its own, which ends with the test."""

    def start(*arguments):
        # What a user sees: the tests have TensorFlow say more.
        environment = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
        return start_process([sys.executable, "-m", "harness", *arguments], cwd=tmp_path, env=environment)

    return start


@pytest.mark.parametrize("words", [[], SWEEP], ids=["trial", "sweep"])
@pytest.mark.parametrize(
    "delay", [0.2, pytest.param(1, marks=pytest.mark.slow), 2, pytest.param(4, marks=pytest.mark.slow)]
)
def test_ctrl_c_before_the_training_is_one_line(start, tiny, tmp_path, words, delay):
    process = start(*words, *tiny, *FOR_EVER)
    time.sleep(delay)
    os.killpg(process.pid, signal.SIGINT)
    printed, _ = process.communicate(timeout=5)
    assert process.returncode == (-signal.SIGINT if not printed else 130)
    # Python itself, before it runs the first line of ours, ends without a word.
    assert not printed or printed.splitlines()[-1].startswith("Stopped")
    assert len(printed.splitlines()) <= 2, "the first names the sweep"
    assert "RUNNING" not in statuses(tmp_path)


@pytest.mark.parametrize(
    ("delay", "how"),
    [(0, signal.SIGINT), pytest.param(4, signal.SIGINT, marks=pytest.mark.slow), (2, signal.SIGKILL)],
)
def test_a_dry_run_that_is_stopped_leaves_no_process_and_no_file(
    start, session_of, tiny, tmp_path, monkeypatch, delay, how
):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    process = start(*SWEEP, *tiny, "data.length=100000", "sweep.dry_run=true")
    until(lambda: len(session_of(process.pid)) > 1, 20)
    time.sleep(delay)
    os.killpg(process.pid, how) if how == signal.SIGINT else process.kill()
    printed, _ = process.communicate(timeout=5)
    assert process.returncode == (130 if how == signal.SIGINT else -how)
    assert how != signal.SIGINT or printed.splitlines()[-1].startswith("Stopped")
    until(lambda: session_of(process.pid) == [], 2)
    # A killed process removes nothing any more.
    assert how == signal.SIGKILL or not list(tmp_path.glob("tmp*"))


@pytest.mark.slow
@pytest.mark.parametrize("words", [[], SWEEP], ids=["trial", "sweep"])
def test_ctrl_c_again_and_again_leaves_no_run_open(start, tiny, tmp_path, words):
    process = start(*words, *tiny, *FOR_EVER)
    until(lambda: list(tmp_path.glob("runs/trials/*/checkpoint.npz")), 120)
    began = time.monotonic()
    for _ in range(4):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.3)
    printed, _ = process.communicate(timeout=30)
    assert time.monotonic() - began < 5
    assert process.returncode == 130
    assert len(printed.splitlines()) <= 2
    assert printed.splitlines()[-1].startswith("Stopped")
    assert statuses(tmp_path) == {"KILLED"}


# Who: the command itself, a process of its pool, or all of the terminal, which Ctrl-C reaches.
ROWS = [
    ([], "command", signal.SIGKILL),
    ([], "command", signal.SIGTERM),
    ([], "terminal", signal.SIGINT),
    (SWEEP, "command", signal.SIGKILL),
    (SWEEP, "command", signal.SIGTERM),
    (SWEEP, "terminal", signal.SIGINT),
]


@pytest.mark.slow
@pytest.mark.parametrize(("words", "who", "how"), ROWS)
def test_a_search_that_is_stopped_leaves_no_process(start, session_of, tiny, tmp_path, words, who, how):
    process = start(*words, *searched(tiny))
    until(lambda: list(tmp_path.glob("runs/trials/*/*/*/checkpoint.npz")), 120)
    assert len(session_of(process.pid)) >= (4 if words else 2)
    (os.killpg if who == "terminal" else os.kill)(process.pid, how)
    until(lambda: process.poll() is not None, 5)
    until(lambda: session_of(process.pid) == [], 2)
    if how is not signal.SIGKILL:
        assert process.returncode == 130
        assert "RUNNING" not in statuses(tmp_path)


@pytest.mark.slow
def test_a_worker_that_is_killed_takes_its_tuner_trial_along(start, session_of, tiny, tmp_path):
    process = start(*SWEEP, *searched(tiny))
    until(lambda: len(list(tmp_path.glob("runs/trials/*/*/*/checkpoint.npz"))) >= 2, 120)
    parents = {pid: parent_of(pid) for pid in session_of(process.pid)}
    trains = next(pid for pid, parent in parents.items() if process.pid not in (pid, parent))
    worker = parents[trains]
    os.kill(worker, signal.SIGKILL)
    until(lambda: not {worker, trains} & set(session_of(process.pid)), 2)
    assert process.poll() is None, "the other search goes on"
