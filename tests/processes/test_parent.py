"""Processes end with their parent, and at its Ctrl-C."""

import os
import signal
import sys
import time
from pathlib import Path

import cloudpickle
import pytest
from pool_runs import until

from harness.processes.pool import Pool

# The processes need not be able to import this file.
cloudpickle.register_pickle_by_value(sys.modules[__name__])

PARENT = """
import ctypes, os, signal, sys, time
from pathlib import Path
from harness.processes.pool import Pool

def prepare():
    def job(how):
        Path(str(os.getpid())).touch()
        if how == "deaf":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        # PyDLL keeps Python's lock, so that no other thread of the process can run.
        ctypes.PyDLL(None).sleep(60) if how == "locked" else time.sleep(60)
    return job

if __name__ == "__main__":
    try:
        with Pool(prepare, workers=9, jobs_per_worker=9) as pool:
            pool.run(sys.argv[1:], on_death=print)
    except KeyboardInterrupt:
        print("interrupted")
"""


def alive(pid):
    try:
        # A process that has died is one until its parent, here whoever adopted it, has asked for its status.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def parent(tmp_path, start_process):
    """Starts a parent with a busy process for each of the ways to be busy; the parent and the pids."""
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    folder = tmp_path / "pids"
    folder.mkdir()

    def parent(*ways):
        process = start_process([sys.executable, script, *ways], cwd=folder)
        until(lambda: len(list(folder.iterdir())) == len(ways), 20)
        time.sleep(0.2)
        return process, [int(file.name) for file in folder.iterdir()]

    return parent


def test_processes_die_with_a_parent_that_is_killed(parent):
    process, pids = parent("asleep", "deaf", *(["locked"] if sys.platform == "linux" else []))
    assert all(alive(pid) for pid in pids)
    process.kill()
    until(lambda: not any(alive(pid) for pid in pids), 1)


@pytest.mark.parametrize("ways", [["asleep", "asleep"], ["deaf", "locked"]])
def test_ctrl_c_ends_all_within_two_seconds(parent, ways):
    process, pids = parent(*ways)
    began = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=10)
    assert time.monotonic() - began < 2
    assert output == "interrupted\n"
    assert process.returncode == 0
    until(lambda: not any(alive(pid) for pid in pids), 0.1)


def test_a_second_ctrl_c_leaves_none_behind(parent):
    process, pids = parent("deaf", "deaf")
    os.killpg(process.pid, signal.SIGINT)
    time.sleep(0.3)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=10)
    assert not any(alive(pid) for pid in pids)


@pytest.mark.parametrize("delay", [0.1, 0.2, 0.3, 0.4])
def test_ctrl_c_while_processes_start(tmp_path, start_process, session_of, delay):
    """No process tells of an interrupt of its own, and none is left."""
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    process = start_process([sys.executable, script, *["asleep"] * 4], cwd=tmp_path)
    time.sleep(delay)
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=10)
    assert "Process" not in output
    until(lambda: session_of(process.pid) == [], 2)


def test_an_error_from_on_death_ends_all(tmp_path):
    def job(number):
        (tmp_path / str(os.getpid())).touch()
        if number == 0:
            time.sleep(1)
            os._exit(1)
        time.sleep(60)

    def refuse(number, text):
        raise OSError("disk full")

    with Pool(lambda: job, workers=2, jobs_per_worker=9) as pool, pytest.raises(OSError, match="disk full"):
        pool.run([0, 1], on_death=refuse)
    assert not any(alive(file.name) for file in tmp_path.iterdir())
