import math
import sqlite3
import subprocess
import sys
import time
import uuid

import numpy as np
import pytest

from harness.metrics import BUILT_IN
from harness.tracking.logger import Opening
from harness.tracking.mlflow.run_store import MlflowStore


def _run(store, fingerprint: str, status="FINISHED", role="trial", metrics=()) -> str:
    logger = store.logger()
    logger.start(Opening("a run", {"role": role, "fingerprint": fingerprint}, {"seed": 0}))
    logger.metrics([(name, value, 0) for name, value in metrics])
    return logger.close(status, {"seconds": "1"})


def test_gives_the_run_with_its_tags_and_exact_metrics(run_store):
    values = np.random.default_rng(0).normal(size=50) * 10.0 ** np.arange(-25, 25)
    given = {f"m{i}": float(value) for i, value in enumerate(values)} | {
        "third": 1 / 3,
        "tiny": 5e-324,
        "inf": math.inf,
    }
    run_id = _run(run_store, "a", metrics=given.items())
    _run(run_store, "b")
    (kept,) = run_store.finished(["a", "never"]).values()
    assert kept.run_id == run_id
    assert kept.metrics == given
    assert {key: kept.tags[key] for key in ("role", "fingerprint", "seconds")} == {
        "role": "trial",
        "fingerprint": "a",
        "seconds": "1",
    }


def test_a_metric_without_a_value_and_a_curve(run_store):
    logger = run_store.logger()
    logger.start(Opening("a run", {"role": "trial", "fingerprint": "a"}, {}))
    logger.metrics([("skill", math.nan, 0), ("low", -math.inf, 0), ("curve", 3.0, 1), ("curve", 2.0, 2)])
    logger.close("FINISHED", {})
    found = run_store.finished(["a"])["a"].metrics
    assert math.isnan(found.pop("skill"))
    assert found == {"low": -math.inf, "curve": 2.0}


def test_only_finished_trials_of_this_experiment_count(run_store, store, client):
    for number, status in enumerate(("FAILED", "KILLED")):
        _run(run_store, f"{number}", status)
    run_store.logger().start(Opening("still running", {"role": "trial", "fingerprint": "2"}, {}))
    _run(run_store, "3", role="sweep")
    client().delete_run(_run(run_store, "4"))
    _run(MlflowStore(**{**store, "experiment": "another"}), "5")
    assert run_store.finished([str(number) for number in range(6)]) == {}


def test_of_several_runs_the_newest_counts(run_store):
    run_ids = []
    for _ in range(3):
        run_ids.append(_run(run_store, "a"))
        time.sleep(0.002)  # MLflow counts milliseconds
    _run(run_store, "a", status="FAILED")
    assert run_store.finished({"a"})["a"].run_id == run_ids[-1]


PROGRAM = """
import sys
from pathlib import Path
from harness.tracking.mlflow.run_store import MlflowStore
run_store = MlflowStore(uri="sqlite:///runs/m.db", artifacts="a", experiment="e", retry_seconds=1)
assert run_store.finished(["x"]) == {}
assert run_store.close_abandoned(lambda tags: False, "KILLED", {}) == 0
assert not {"mlflow", "sqlalchemy", "pandas"} & set(sys.modules)
assert list(Path().iterdir()) == []
"""


def test_asking_neither_creates_a_store_nor_imports_mlflow(tmp_path):
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_asking_does_not_create_the_experiment(run_store, client):
    assert run_store.finished(["x"]) == {}
    assert run_store.close_abandoned(lambda tags: False, "KILLED", {}) == 0
    assert client().get_experiment_by_name("tried") is None


@pytest.fixture
def two_thousand(run_store, tmp_path):
    run_store.prepare(BUILT_IN)
    rng = np.random.default_rng(0)
    values = rng.normal(size=(2000, 20))
    with sqlite3.connect(tmp_path / "runs" / "mlflow.db") as database:
        for i, metrics in enumerate(values):
            run_id = uuid.UUID(int=i).hex
            row = {
                "run_uuid": run_id, "name": f"{i}", "source_type": "UNKNOWN", "source_name": "", "entry_point_name": "",
                "user_id": "", "status": "FINISHED", "start_time": i, "end_time": i, "source_version": "",
                "lifecycle_stage": "active", "artifact_uri": "", "experiment_id": 1,
            }  # fmt: skip
            database.execute(f"INSERT INTO runs ({','.join(row)}) VALUES ({','.join('?' * len(row))})", [*row.values()])
            tags = {f"tag{j}": f"value{j}" for j in range(18)} | {"role": "trial", "fingerprint": f"{i:016x}"}
            for table, given in (("tags", tags), ("params", {f"key{j}": f"value{j}" for j in range(45)})):
                rows = [(key, value, run_id) for key, value in given.items()]
                database.executemany(f"INSERT INTO {table} (key, value, run_uuid) VALUES (?, ?, ?)", rows)
            rows = [(f"m{j}", value, run_id) for j, value in enumerate(metrics)]
            database.executemany(
                "INSERT INTO latest_metrics (key, value, run_uuid, timestamp, step, is_nan) VALUES (?, ?, ?, 0, 0, 0)",
                rows,
            )
    return values


def test_looks_many_up_fast(run_store, two_thousand):
    asked = range(0, 2000, 2)
    started = time.process_time()
    found = run_store.finished([f"{i:016x}" for i in asked])
    assert time.process_time() - started < 2
    assert len(found) == len(asked)
    for i in asked:
        kept = found[f"{i:016x}"]
        assert len(kept.tags) == 20
        assert [kept.metrics[f"m{j}"] for j in range(20)] == two_thousand[i].tolist()
