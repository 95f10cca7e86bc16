"""A pool inside a process of a pool, as a search is inside a sweep: whoever ends, nothing below it lives on."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pool_runs import until

SCRIPT = """
import os, sys, time
from pathlib import Path
from harness.processes.pool import Pool

def prepare_inner():
    def train(job):
        Path(f"inner {os.getpid()}").touch()
        time.sleep(60)
    return train

def prepare_outer():
    def search(job):
        Path(f"outer {os.getpid()}").touch()
        with Pool(prepare_inner, workers=1, jobs_per_worker=9) as pool:
            return pool.run([0], on_death=lambda number, text: None)
    return search

if __name__ == "__main__":
    try:
        if sys.argv[1] == "sweep":
            with Pool(prepare_outer, workers=2, jobs_per_worker=9) as pool:
                pool.run([0, 1], on_death=lambda number, text: print(text, flush=True))
        else:
            prepare_outer()(0)
    except KeyboardInterrupt:
        print("interrupted")
"""
# Who: the parent, all of a terminal (which Ctrl-C reaches), or a process of the outer pool.
ROWS = [
    ("sweep", "parent", signal.SIGKILL),
    ("sweep", "parent", signal.SIGTERM),
    ("sweep", "terminal", signal.SIGINT),
    ("single", "parent", signal.SIGKILL),
    ("single", "parent", signal.SIGTERM),
    ("single", "parent", signal.SIGINT),
    ("single", "terminal", signal.SIGINT),
]


@pytest.fixture
def start(tmp_path, start_process):
    """Starts the script, and returns when every search in it trains."""
    (tmp_path / "script.py").write_text(SCRIPT)

    def start(kind):
        process = start_process([sys.executable, "script.py", kind], cwd=tmp_path)
        until(lambda: len(list(tmp_path.glob("inner *"))) == {"sweep": 2, "single": 1}[kind], 20)
        return process

    return start


@pytest.mark.parametrize(("kind", "who", "how"), ROWS, ids=lambda value: getattr(value, "name", value))
def test_two_seconds_later_no_process_of_the_session_lives(start, session_of, kind, who, how):
    process = start(kind)
    assert len(session_of(process.pid)) >= {"sweep": 5, "single": 2}[kind]
    (os.killpg if who == "terminal" else os.kill)(process.pid, how)
    until(lambda: session_of(process.pid) == [], 2)
    output, _ = process.communicate()
    assert output == ("interrupted\n" if how == signal.SIGINT else "")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_two_seconds_later_none_below_a_process_of_the_outer_pool_lives(start, session_of, tmp_path, how):
    process = start("sweep")
    inner = {int(file.name.split()[1]) for file in tmp_path.glob("inner *")}
    parents = {pid: int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[1]) for pid in inner}
    lost = min(inner)
    os.kill(parents[lost], how)
    until(lambda: lost not in session_of(process.pid), 2)
    assert session_of(process.pid).count(max(inner)) == 1, "the other search is not disturbed"


def test_killed_while_processes_start_none_is_left(tmp_path, start_process, session_of):
    """Killed at moments at which the inner process may not have asked yet to die with its parent."""
    (tmp_path / "script.py").write_text(SCRIPT)
    for delay in (0.1, 0.2, 0.3, 0.4, 0.6):
        process = start_process([sys.executable, "script.py", "sweep"], cwd=tmp_path, stdout=subprocess.DEVNULL)
        time.sleep(delay)
        process.kill()
        until(lambda leader=process.pid: session_of(leader) == [], 2)
        process.wait()
