"""Sixteen processes write runs into one database at once."""

import multiprocessing
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from harness.spec import Dataset, Scaling, Split
from harness.tracking.mlflow.tracker import MlflowTracker

PROCESSES, RUNS = 16, 5
STEPS = 300


def _write_runs(store, start, worker):
    splits = [Split(np.ones((n, 6, 2)), np.ones((n, 3)), np.arange(n), n, series=np.zeros(n, int)) for n in (5, 2, 4)]
    data = Dataset(*splits, Scaling(False, None, np.zeros(2), np.ones(2), 0.0, 1.0), None, None, "ppm", ("",))
    files = Path(f"made-{worker}")
    files.mkdir()
    for name in ("config.yaml", "weights.npy", "weights.png"):
        (files / name).write_bytes(f"{worker} {name}".encode() * 1000)
    start.wait()
    for number in range(RUNS):
        tracker, name = MlflowTracker(**store), f"{worker}-{number}"
        tags = {"role": "trial", "fingerprint": name} | {f"tag{i}": f"{name} {i}" for i in range(18)}
        tracker.start(name, tags, {f"key{i}": f"{name} {i}" for i in range(45)})
        tracker.metrics([("curve", step / (worker + 3), step) for step in range(STEPS)])
        tracker.artifact(files)
        tracker.dataset(data, "shared", "abc")
        tracker.close("FINISHED", {"last": name})


@pytest.mark.slow
def test_sixteen_processes_lose_nothing(fresh_store, tmp_path):
    store = {**fresh_store, "patience_seconds": 60}
    tracker = MlflowTracker(**store)
    tracker.prepare()
    spawn = multiprocessing.get_context("spawn")
    start = spawn.Barrier(PROCESSES)
    workers = [spawn.Process(target=_write_runs, args=(store, start, worker)) for worker in range(PROCESSES)]
    for process in workers:
        process.start()
    for process in workers:
        process.join(300)
    assert [process.exitcode for process in workers] == [0] * PROCESSES
    names = [f"{worker}-{number}" for worker in range(PROCESSES) for number in range(RUNS)]
    found = tracker.finished(names)
    assert sorted(found) == sorted(names)
    for name, kept in found.items():
        worker = int(name.split("-")[0])
        assert {f"tag{i}": f"{name} {i}" for i in range(18)}.items() < kept.tags.items()
        assert kept.tags["last"] == name
        assert kept.metrics == {"curve": (STEPS - 1) / (worker + 3)}
        files = tmp_path / "runs" / "artifacts" / kept.run_id / "artifacts"
        assert {file.name: file.read_bytes() for file in files.iterdir()} == {
            file: f"{worker} {file}".encode() * 1000 for file in ("config.yaml", "weights.npy", "weights.png")
        }
    with sqlite3.connect(tmp_path / "runs" / "mlflow.db") as database:
        assert database.execute("SELECT status, count(*) FROM runs GROUP BY status").fetchall() == [("FINISHED", 80)]
        for name, kept in found.items():
            worker = int(name.split("-")[0])
            points = database.execute("SELECT step, value FROM metrics WHERE run_uuid = ?", [kept.run_id]).fetchall()
            assert sorted(points) == [(step, step / (worker + 3)) for step in range(STEPS)]
            params = dict(database.execute("SELECT key, value FROM params WHERE run_uuid = ?", [kept.run_id]))
            assert params == {f"key{i}": f"{name} {i}" for i in range(45)}
        assert database.execute("SELECT count(*) FROM datasets").fetchone() == (2,)
        assert database.execute("SELECT count(*) FROM inputs").fetchone() == (160,)
