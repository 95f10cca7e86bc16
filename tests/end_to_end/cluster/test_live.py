"""Learning curves are in the store while another machine trains."""

import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest
from stored_runs import runs_in

pytestmark = pytest.mark.slow
ENDLESS = ["train.epochs=100000", "train.patience=100000"]


def watch_one_trial(process, folder):
    """Waits until the only trial's run has points of its curve; stops the sweep; the trial's runs afterwards."""
    by = time.monotonic() + 240
    while True:
        assert process.poll() is None, process.stdout.read()
        assert time.monotonic() < by
        client, trials = runs_in(folder, "trial")
        if trials and client.get_metric_history(trials[0].info.run_id, "curve/own_loss"):
            break
        time.sleep(0.5)
    assert [run.info.status for run in trials] == ["RUNNING"]
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=150)
    assert process.returncode == 130, printed
    return runs_in(folder, "trial")[1]


def trainings_of(environment):
    """The processes of jobs of this cluster."""
    wanted, found = {f"{name}={value}" for name, value in environment.items()}, []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            own = set((process / "environ").read_bytes().decode(errors="replace").split("\0"))
            if wanted <= own and b"submitit" in (process / "cmdline").read_bytes():
                found.append(process.name)
    return found


@pytest.mark.usefixtures("database")
def test_on_ray(start, tiny, tmp_path):
    process = start(tmp_path, "-m", *tiny, *ENDLESS, "hydra/launcher=ray", "hydra.launcher.cpus=1")
    assert [run.info.status for run in watch_one_trial(process, tmp_path)] == ["KILLED"]


@pytest.mark.usefixtures("database")
def test_on_slurm(slurm, start, tiny, tmp_path):
    process = start(tmp_path, "-m", *tiny, *ENDLESS, "hydra/launcher=slurm", **slurm)
    watch_one_trial(process, tmp_path)
    by = time.monotonic() + 30
    while left := trainings_of(slurm):
        assert time.monotonic() < by, left
        time.sleep(0.2)
