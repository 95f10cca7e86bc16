"""A fixed sample of the faults and of the kills.

All faults: `python -m tests.faults`; 100 kills: `python -m tests.faults.kills --kills 100`.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

POINTS, KILLS = 12, 20


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("gcc"), reason="gcc, which builds what counts the writes, is not installed")
@pytest.mark.skipif(sys.platform != "linux", reason="what counts the writes is written for Linux")
def test_a_sweep_with_a_fault_at_some_write_ends_as_the_quiet_one_after_a_restart():
    printed = run("tests.faults", "--points", str(POINTS))
    assert f"{POINTS} of " in printed


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the processes are found in Linux's /proc")
def test_kills_of_commands_workers_and_tuner_trials_change_no_table_and_leave_no_process():
    printed = run("tests.faults.kills", "--kills", str(KILLS))
    assert f"{KILLS} kills: 0 of " in printed


def run(program, *arguments):
    """What it prints; it must end well."""
    command = [sys.executable, "-m", program, *arguments]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
