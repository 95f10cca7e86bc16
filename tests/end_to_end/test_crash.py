"""Killed at random moments and started again, a sweep ends as one that was never disturbed."""

import os
import random
import signal
import time
from pathlib import Path

import pytest
from stored_runs import runs_in

from harness.trial.points import MEASURED

GRID = ["loss=weighted_rmse,weighted_mse", "weights=uniform,linear,exponential", "seed=0,1,2,3"]
KILLS = 20


def workers(parent):
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            is_child = int(place.joinpath("stat").read_text().rsplit(") ", 1)[1].split()[1]) == parent
            if is_child and b"spawn_main" in place.joinpath("cmdline").read_bytes():
                found.append(int(place.name))
        except (OSError, IndexError):
            continue
    return sorted(found)


def finished(folder):
    found = [run for run in runs_in(folder, "trial")[1] if run.info.status == "FINISHED"]
    metrics = {
        run.data.tags["fingerprint"]: {k: v for k, v in run.data.metrics.items() if k not in MEASURED} for run in found
    }
    assert len(metrics) == len(found), "no trial is counted twice"
    return metrics


@pytest.mark.slow
def test_twenty_kills_leave_the_table_of_an_undisturbed_sweep(start, tiny, tmp_path_factory):
    quiet, stormy = tmp_path_factory.mktemp("quiet"), tmp_path_factory.mktemp("stormy")
    arguments = [*tiny, "train.epochs=30", "train.patience=30", *GRID]
    process = start(quiet, "-m", *arguments)
    told, _ = process.communicate()
    assert process.returncode == 0, told

    chance, kills = random.Random(0), 0
    while kills < KILLS:
        process = start(stormy, "-m", *arguments)
        while process.poll() is None and not list(stormy.glob("runs/trials/*/lock")):
            time.sleep(0.1)
        time.sleep(chance.uniform(0, 6))
        for _ in range(chance.randrange(4)):
            alive = workers(process.pid)
            if process.poll() is None and alive:
                os.kill(chance.choice(alive), signal.SIGKILL)
                kills += 1
                time.sleep(chance.uniform(0.2, 3))
        if process.poll() is None:
            process.kill()
            kills += 1
        process.communicate()
    process = start(stormy, "-m", *arguments)
    told, _ = process.communicate()
    assert process.returncode == 0, told

    assert finished(stormy) == finished(quiet)
    assert len(finished(quiet)) == 24
    tables = [next(folder.glob("runs/sweeps/*/table.csv")).read_text() for folder in (quiet, stormy)]
    assert tables[0] == tables[1]
    assert len(list(stormy.glob("runs/sweeps/*"))) == 1, "one sweep, however often it is started"
    left = {run.info.status for role in ("trial", "sweep") for run in runs_in(stormy, role)[1]}
    assert {"FINISHED", "KILLED"} <= left <= {"FINISHED", "KILLED", "FAILED"}
    assert not list(stormy.glob("runs/trials/*/*"))


@pytest.mark.slow
@pytest.mark.usefixtures("database")
def test_ctrl_c_stops_within_five_seconds_and_tells_how_to_go_on(start, tiny, tmp_path):
    arguments = [*tiny, "train.epochs=100000", "train.patience=100000", "seed=0,1,2"]
    process = start(tmp_path, "-m", *arguments)
    deadline = time.monotonic() + 60
    while len(list(tmp_path.glob("runs/trials/*/checkpoint.npz"))) < 1:
        assert time.monotonic() < deadline, "no trial began"
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    told, _ = process.communicate(timeout=30)
    assert time.monotonic() - began < 5
    assert process.returncode == 130
    assert "Stopped: 0 of 3 trials done. The same command resumes." in told
    assert "Traceback" not in told
    assert {run.info.status for run in runs_in(tmp_path, "trial")[1]} == {"KILLED"}
    assert {run.info.status for run in runs_in(tmp_path, "sweep")[1]} == {"KILLED"}


@pytest.mark.slow
@pytest.mark.usefixtures("database")
def test_each_failure_costs_only_itself(run, tiny, tmp_path):
    """One trial that raises, one that diverges, one that exits, one that is killed as if for memory."""
    (tmp_path / "broken.py").write_text(
        "import os, signal\n"
        "from harness.losses import WeightedMSE\n"
        "class Broken(WeightedMSE):\n"
        "    def __init__(self, how, **kwargs):\n"
        "        super().__init__(**kwargs)\n"
        "        self.how = how\n"
        "    def get_config(self):\n"
        "        return {**super().get_config(), 'how': self.how}\n"
        "    def formula(self, y_true, y_pred, weights):\n"
        "        if self.how == 'raises':\n"
        "            raise ZeroDivisionError('on purpose')\n"
        "        if self.how == 'exits':\n"
        "            os._exit(7)\n"
        "        if self.how == 'killed':\n"
        "            os.kill(os.getpid(), signal.SIGKILL)\n"
        "        value = super().formula(y_true, y_pred, weights)\n"
        "        return value * float('inf') if self.how == 'diverges' else value\n"
    )
    (tmp_path / "mine" / "loss").mkdir(parents=True)
    (tmp_path / "mine" / "loss" / "broken.yaml").write_text("_target_: broken.Broken\nhow: works\n")
    words = ["-m", "--config-dir", "mine", *tiny, "loss=broken"]
    words += ["loss.how=works,raises,diverges,exits,killed", "seed=0,1"]
    status, told, error = run(*words, PYTHONPATH=".", COLUMNS="200")
    assert status == 3, told + error
    told = " ".join(told.split())
    for how, why in {
        "raises": "ZeroDivisionError: on purpose",
        "diverges": "training diverged: the training loss became",
        "exits": "its process ended with status 7",
        "killed": "its process was killed (SIGKILL), perhaps by the system for memory",
    }.items():
        assert f"FAILED loss.how={how} seed=0; loss.how={how} seed=1: {why}" in told
    states = {}
    client, found = runs_in(tmp_path, "trial")
    for run in found:
        states.setdefault(run.data.params["loss.how"], []).append((run.info.status, run.data.tags.get("failure", "")))
    assert [status for status, _ in states.pop("works")] == ["FINISHED"] * 2
    assert {status for state in states.values() for status, _ in state} == {"FAILED"}
    assert all(len(state) == 2 and why for state in states.values() for _, why in state)
    raised = [run for run in found if run.data.params["loss.how"] == "raises"]
    assert [file.path for file in client.list_artifacts(raised[0].info.run_id)] == ["traceback.txt"]
