"""A sweep on a Slurm cluster of this machine, from the command line to the table and the store."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest
from stored_runs import runs_in

pytestmark = pytest.mark.slow


def queue(environment):
    command = ["squeue", "--noheader", "--array", "--format", "%F_%K"]
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True).stdout.split()


def processes_of(task, environment):
    """The processes of this task of a job array, on this cluster."""
    wanted = {f"SLURM_ARRAY_TASK_ID={task}", *(f"{name}={value}" for name, value in environment.items())}
    found = []
    for file in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if wanted <= set(file.read_bytes().decode(errors="replace").split("\0")):
                found.append(int(file.parent.name))
    return found


@pytest.mark.usefixtures("database")
def test_a_job_that_is_killed_costs_nothing(slurm, start, wait_for, sweep, tmp_path, table_of, expected_table):
    process = start(tmp_path, *sweep, "hydra/launcher=slurm", "hydra.launcher.trials_per_job=6", **slurm)
    # The second job has begun its first trial, and imports TensorFlow for it.
    wait_for("runs/sweeps/*/signs/6", process)
    assert any(job.endswith("_1") for job in queue(slurm))
    killed = processes_of(1, slurm)
    assert killed
    for pid in killed:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    printed, _ = process.communicate(timeout=500)
    assert process.returncode == 3, printed
    assert "Traceback" not in printed
    assert "it begins again" in " ".join(printed.split())
    assert table_of(tmp_path) == expected_table
    trials = runs_in(tmp_path, "trial")[1]
    assert sorted(run.info.status for run in trials) == ["FAILED"] * 6 + ["FINISHED"] * 6
    assert not list(tmp_path.glob("runs/trials/*"))


@pytest.mark.usefixtures("database")
def test_ctrl_c_takes_its_jobs_out_of_the_queue(slurm, start, wait_for, sweep, tmp_path):
    process = start(tmp_path, *sweep, "hydra/launcher=slurm", **slurm)
    wait_for("runs/sweeps/*/signs/0", process)
    assert queue(slurm)
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=150)
    assert process.returncode == 130, printed
    by = time.monotonic() + 90
    while queue(slurm):
        assert time.monotonic() < by
        time.sleep(0.2)


def test_without_slurm_it_is_refused_before_anything_is_written(refused, tiny, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert "hydra/launcher: Slurm does not answer" in refused("-m", *tiny, "hydra/launcher=slurm")
