"""A store that is held, full, gone or broken while a run is kept there."""

import json
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pytest

from harness.errors import InputError, TrackingError
from harness.tracking.mlflow.tracker import MlflowTracker

WRITE, READ = "BEGIN EXCLUSIVE", "BEGIN;SELECT count(*) FROM runs"
POINTS = [("curve", step / 3, step) for step in range(1500)] + [("nan", float("nan"), 0)]


def _points(database) -> list:
    with sqlite3.connect(database) as connection:
        return connection.execute("SELECT key, step, value, is_nan FROM metrics ORDER BY key, step").fetchall()


@pytest.mark.parametrize("patience", [-1, "long", True, None])
def test_a_patience_that_is_no_time_is_refused(store, patience):
    with pytest.raises(InputError, match=r"tracking\.patience_seconds: got .* Write seconds, 0 or more"):
        MlflowTracker(**{**store, "patience_seconds": patience})


@pytest.mark.parametrize("statements", [WRITE, READ])
def test_points_written_to_a_held_database_are_there_once(tracker, held, tmp_path, client, capfd, statements):
    tracker.start("a run", {}, {})
    with held(tmp_path / "runs" / "mlflow.db", statements, 3):
        started = time.monotonic()
        tracker.metrics(POINTS)
        assert time.monotonic() - started > 2.2  # longer than SQLite waits by itself: it was tried again
    expected = [("curve", step, step / 3, 0) for step in range(1500)] + [("nan", 0, 0.0, 1)]
    assert _points(tmp_path / "runs" / "mlflow.db") == expected
    assert client().get_run(tracker.close("FINISHED", {})).data.metrics["curve"] == 1499 / 3
    assert capfd.readouterr() == ("", "")


def test_the_same_points_again_change_nothing(tracker, tmp_path, monkeypatch):
    # What is done again after a commit that was kept, yet reported as failed.
    monkeypatch.setattr(time, "time", lambda: 1e9)
    tracker.start("a run", {}, {})
    for _ in range(2):
        tracker.metrics(POINTS)
    assert len(_points(tmp_path / "runs" / "mlflow.db")) == len(POINTS)


@pytest.mark.slow
def test_every_call_outlasts_a_lock(fresh_store, held, tmp_path, client, data):
    network = keras.Sequential([keras.Input((6, 2)), keras.layers.Flatten(), keras.layers.Dense(3)])
    tracker = MlflowTracker(**fresh_store)
    MlflowTracker(**{**fresh_store, "experiment": "another"}).prepare()
    folder = tmp_path / "made"
    folder.mkdir()
    calls = [
        tracker.prepare,
        lambda: tracker.start("a run", {"role": "trial", "fingerprint": "a"}, {f"key{i}": i for i in range(250)}),
        lambda: tracker.metrics(POINTS),
        lambda: tracker.dataset(data, "made", "abc"),
        lambda: tracker.network(network, np.ones((1, 6, 2))),
        lambda: tracker.artifact(folder),
        lambda: tracker.close_abandoned(lambda tags: True, "KILLED", {}),
        lambda: tracker.close("FINISHED", {"last": "yes"}),
    ]
    for call in calls:
        with held(tmp_path / "runs" / "mlflow.db", WRITE, 2.5):
            call()
    with held(tmp_path / "runs" / "mlflow.db", WRITE, 2.5):
        assert list(tracker.finished(["a"])) == ["a"]
    (run,) = client().search_runs(["1", "2"])
    assert (run.info.status, run.data.tags["last"], len(run.data.params)) == ("FINISHED", "yes", 250)
    assert len(run.inputs.dataset_inputs) == 2
    (output,) = run.outputs.model_outputs
    assert str(client().get_logged_model(output.model_id).status) == "READY"
    assert len(client().search_logged_models(["1", "2"])) == 1
    assert len(_points(tmp_path / "runs" / "mlflow.db")) == len(POINTS)


def test_a_lock_that_stays_is_told(store, held, tmp_path, client):
    tracker = MlflowTracker(**{**store, "patience_seconds": 3})
    tracker.start("a run", {}, {})
    started = time.monotonic()
    with held(tmp_path / "runs" / "mlflow.db", WRITE, 60):
        with pytest.raises(TrackingError) as raised:
            tracker.close("FINISHED", {})
        assert 2 < time.monotonic() - started < 7
    message = str(raised.value)
    assert message.startswith(f"cannot end a run (store: {tmp_path / 'runs' / 'mlflow.db'}): gave up after 2 tries in ")
    assert "found: database is locked" in message
    assert message.endswith("write a larger tracking.patience_seconds, and start again")
    (run,) = client().search_runs(["1"])
    assert run.info.status == "RUNNING"


def _broken(tracker) -> str:
    """The message of the TrackingError that comes at once."""
    started = time.monotonic()
    with pytest.raises(TrackingError) as raised:
        tracker.metrics([("m", 1.0, 0)])
    assert time.monotonic() - started < 2
    assert "Put the store back as it was, or write another tracking.uri" in str(raised.value)
    return str(raised.value)


def test_a_database_that_is_gone_is_told_and_not_made_anew(tracker):
    tracker.start("a run", {}, {})
    shutil.rmtree("runs")
    assert "the database is gone" in _broken(tracker)
    Path("runs").mkdir()
    Path("runs/mlflow.db").touch()
    assert "the database is gone" in _broken(tracker)
    assert Path("runs/mlflow.db").stat().st_size == 0


def test_a_database_that_another_took_the_place_of_is_told_and_left_alone(tracker, empty_database):
    tracker.start("a run", {}, {})
    Path("runs/mlflow.db").rename("runs/former.db")
    Path("runs/mlflow.db").write_bytes(empty_database)
    _broken(tracker)
    assert Path("runs/mlflow.db").read_bytes() == empty_database


def test_a_database_turned_unreadable_is_told(tracker, store):
    tracker.start("a run", {}, {})
    size = Path("runs/mlflow.db").stat().st_size
    Path("runs/mlflow.db").write_bytes(b"x" * size)
    assert "file is not a database" in _broken(tracker)
    # Its results are there to keep, so that it is no matter of the config any more.
    with pytest.raises(TrackingError, match="file is not a database"):
        tracker.start("another run", {}, {})
    with pytest.raises(InputError, match="file is not a database"):
        MlflowTracker(**store).finished(["a"])


LIMITED = """
import json, resource, sys
from pathlib import Path
from harness.errors import TrackingError
from harness.tracking.mlflow.tracker import MlflowTracker
tracker = MlflowTracker(**json.loads(sys.argv[1]))
tracker.start("a run", {}, {})
import keras, numpy as np
limit = Path("runs/mlflow.db").stat().st_size + 2_000_000
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
Path("made").mkdir()
large = Path("made/large.bin")
for part in range(2):
    Path(f"made/{part}.bin").write_bytes(b"x" * 1000)
large.symlink_to(sys.argv[2])
network = keras.Sequential([keras.Input((2000,)), keras.layers.Dense(2000)])
for call in (lambda: tracker.artifact(Path("made")), lambda: tracker.network(network, np.ones((1, 2000)))):
    try:
        call()
    except TrackingError as error:
        print(error)
"""


def test_files_that_do_not_fit_are_not_there_and_the_model_is_not_ready(store, tmp_path, client):
    large = tmp_path / "large.bin"
    with large.open("wb") as file:
        file.truncate(20_000_000)
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, json.dumps(store), str(large)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    of_files, of_network = done.stdout.splitlines()
    assert of_files.startswith(f"cannot keep files in {tmp_path / 'runs' / 'artifacts'}")
    assert "File too large" in of_files
    assert of_network.startswith("cannot keep the network's files")
    (run,) = client().search_runs(["1"])
    kept = tmp_path / "runs" / "artifacts" / run.info.run_id / "artifacts"
    assert {file.name for file in kept.iterdir()} == {"0.bin", "1.bin"}
    (model,) = client().search_logged_models(["1"])
    assert str(model.status) == "PENDING"
    assert run.outputs.model_outputs == []


FULL = """
import json, os, sys
from pathlib import Path
from harness.errors import TrackingError
from harness.tracking.mlflow.tracker import MlflowTracker
tracker = MlflowTracker(**json.loads(sys.argv[1]))
tracker.start("a run", {}, {})
tracker.metrics([("before", 1.0, 0)])
made = Path("made")
made.mkdir()
made.joinpath("a.bin").write_bytes(b"x" * 30_000)
fill = os.open("runs/fill", os.O_CREAT | os.O_WRONLY)
try:
    while os.write(fill, b"x" * 4096):
        pass
except OSError:
    pass
for call in (lambda: tracker.metrics([("m" * 200, i / 3, i) for i in range(999)]), lambda: tracker.artifact(made)):
    try:
        call()
    except TrackingError as error:
        print(error)
files = [file for file in Path("runs/artifacts").rglob("*") if file.is_file()]
os.close(fill)
os.remove("runs/fill")
tracker.metrics([("m" * 200, i / 3, i) for i in range(999)])
tracker.artifact(made)
run = tracker._store.client.get_run(tracker.close("FINISHED", {}))
print(len(files), run.info.status, run.data.metrics["before"], run.data.metrics["m" * 200] == 998 / 3)
"""


def _can_mount() -> bool:
    if not shutil.which("unshare"):
        return False
    done = subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True)
    return done.returncode == 0


@pytest.mark.skipif(not _can_mount(), reason="mounts a small disk of its own")
def test_a_full_disk_is_told_at_once_and_takes_the_rest_once_there_is_room(store, tmp_path, empty_database):
    (tmp_path / "runs" / "mlflow.db").unlink()
    (tmp_path / "mlflow.db").write_bytes(empty_database)
    mount = f"mount -t tmpfs -o size={len(empty_database) + 4_000_000} none runs"
    script = f"{mount} && mv mlflow.db runs && exec {sys.executable} -c"
    started = time.monotonic()
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", f'{script} "$0" "$1"', FULL, json.dumps(store)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - started < store["patience_seconds"]
    of_metrics, of_files, after = done.stdout.splitlines()
    assert "database or disk is full. Free space on that disk, and start again" in of_metrics
    assert "No space left on device. Free space on that disk, and start again" in of_files
    assert after == "0 FINISHED 1.0 True"
