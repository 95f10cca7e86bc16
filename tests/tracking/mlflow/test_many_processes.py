"""Sixteen processes write runs into one database at once."""

import multiprocessing
import sqlite3
from pathlib import Path

import pytest

from harness.metrics import BUILT_IN
from harness.tracking.logger import DataDescription, Opening
from harness.tracking.mlflow.run_store import MlflowStore

PROCESSES, RUNS = 16, 5
STEPS = 300


def _write_runs(store, start, worker):
    data = DataDescription("shared", "abc", ((5, 6, 2), (5, 3)), ((4, 6, 2), (4, 3)))
    files = Path(f"made-{worker}")
    files.mkdir()
    for name in ("config.yaml", "weights.npy", "weights.png"):
        (files / name).write_bytes(f"{worker} {name}".encode() * 1000)
    start.wait()
    for number in range(RUNS):
        logger, name = MlflowStore(**store).logger(), f"{worker}-{number}"
        tags = {"role": "trial", "fingerprint": name} | {f"tag{i}": f"{name} {i}" for i in range(18)}
        logger.start(Opening(name, tags, {f"key{i}": f"{name} {i}" for i in range(45)}, data))
        logger.metrics([("curve", step / (worker + 3), step) for step in range(STEPS)])
        logger.files(files)
        logger.close("FINISHED", {"last": name})


@pytest.mark.slow
def test_sixteen_processes_lose_nothing(fresh_store, tmp_path):
    store = {**fresh_store, "retry_seconds": 60}
    run_store = MlflowStore(**store)
    run_store.prepare(BUILT_IN)
    spawn = multiprocessing.get_context("spawn")
    start = spawn.Barrier(PROCESSES)
    workers = [spawn.Process(target=_write_runs, args=(store, start, worker)) for worker in range(PROCESSES)]
    for process in workers:
        process.start()
    for process in workers:
        process.join(300)
    assert [process.exitcode for process in workers] == [0] * PROCESSES
    names = [f"{worker}-{number}" for worker in range(PROCESSES) for number in range(RUNS)]
    found = run_store.finished(names)
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
