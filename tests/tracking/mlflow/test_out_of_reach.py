"""A store that is held, full, gone or broken while a run is kept there."""

import json
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.config.schema import check_arguments
from harness.errors import InputError, TrackingError
from harness.metrics import BUILT_IN
from harness.tracking.logger import Opening
from harness.tracking.mlflow.run_store import MlflowStore

WRITE, READ = "BEGIN EXCLUSIVE", "BEGIN;SELECT count(*) FROM runs"
POINTS = [("curve", step / 3, step) for step in range(1500)] + [("nan", float("nan"), 0)]


def _points(database) -> list:
    with sqlite3.connect(database) as connection:
        return connection.execute("SELECT key, step, value, is_nan FROM metrics ORDER BY key, step").fetchall()


@pytest.mark.parametrize("seconds", [-1, "long", True, None, float("nan")])
def test_seconds_that_are_no_time_are_refused(store, seconds):
    with pytest.raises(InputError, match=r"tracking\.retry_seconds: got .* Write a number from 0 to 604800"):
        check_arguments("tracking", MlflowStore, {**store, "retry_seconds": seconds})


@pytest.mark.parametrize("statements", [WRITE, READ])
def test_points_written_to_a_held_database_are_there_once(logger, held, tmp_path, client, capfd, statements):
    logger.start(Opening("a run", {}, {}))
    with held(tmp_path / "runs" / "mlflow.db", statements, 3):
        started = time.monotonic()
        logger.metrics(POINTS)
        assert time.monotonic() - started > 2.2  # longer than SQLite waits by itself: it was tried again
    expected = [("curve", step, step / 3, 0) for step in range(1500)] + [("nan", 0, 0.0, 1)]
    assert _points(tmp_path / "runs" / "mlflow.db") == expected
    assert client().get_run(logger.close("FINISHED", {})).data.metrics["curve"] == 1499 / 3
    assert capfd.readouterr() == ("", "")


def test_the_same_points_again_change_nothing(logger, tmp_path, monkeypatch):
    # What is done again after a commit that was kept, yet reported as failed.
    monkeypatch.setattr(time, "time", lambda: 1e9)
    logger.start(Opening("a run", {}, {}))
    for _ in range(2):
        logger.metrics(POINTS)
    assert len(_points(tmp_path / "runs" / "mlflow.db")) == len(POINTS)


@pytest.mark.slow
def test_every_call_outlasts_a_lock(fresh_store, held, tmp_path, client, data, kept_network):
    run_store = MlflowStore(**fresh_store)
    logger = run_store.logger()
    MlflowStore(**{**fresh_store, "experiment": "another"}).prepare(BUILT_IN)
    folder = tmp_path / "made"
    folder.mkdir()
    params = {f"key{i}": i for i in range(250)}
    calls = [
        lambda: run_store.prepare(BUILT_IN),
        lambda: logger.start(Opening("a run", {"role": "trial", "fingerprint": "a"}, params, data)),
        lambda: logger.metrics(POINTS),
        lambda: logger.network(kept_network),
        lambda: logger.files(folder),
        lambda: run_store.close_abandoned(lambda tags: True, "KILLED", {}),
        lambda: logger.close("FINISHED", {"last": "yes"}),
    ]
    for call in calls:
        with held(tmp_path / "runs" / "mlflow.db", WRITE, 2.5):
            call()
    with held(tmp_path / "runs" / "mlflow.db", WRITE, 2.5):
        assert list(run_store.finished(["a"])) == ["a"]
    (run,) = client().search_runs(["1", "2"])
    assert (run.info.status, run.data.tags["last"], len(run.data.params)) == ("FINISHED", "yes", 250)
    assert len(run.inputs.dataset_inputs) == 2
    (output,) = run.outputs.model_outputs
    assert str(client().get_logged_model(output.model_id).status) == "READY"
    assert len(client().search_logged_models(["1", "2"])) == 1
    assert len(_points(tmp_path / "runs" / "mlflow.db")) == len(POINTS)


def test_a_lock_that_stays_is_told(store, held, tmp_path, client):
    logger = MlflowStore(**{**store, "retry_seconds": 3}).logger()
    logger.start(Opening("a run", {}, {}))
    started = time.monotonic()
    with held(tmp_path / "runs" / "mlflow.db", WRITE, 60):
        with pytest.raises(TrackingError) as raised:
            logger.close("FINISHED", {})
        assert 2 < time.monotonic() - started < 7
    message = str(raised.value)
    assert message.startswith(f"cannot end a run (store: {tmp_path / 'runs' / 'mlflow.db'}): gave up after 2 tries in ")
    assert "found: database is locked" in message
    assert message.endswith("write a larger tracking.retry_seconds, and start again")
    (run,) = client().search_runs(["1"])
    assert run.info.status == "RUNNING"


def _broken(logger) -> str:
    """The message of the TrackingError that comes at once."""
    started = time.monotonic()
    with pytest.raises(TrackingError) as raised:
        logger.metrics([("m", 1.0, 0)])
    assert time.monotonic() - started < 2
    assert "Put the store back as it was, or write another tracking.uri" in str(raised.value)
    return str(raised.value)


def test_a_database_that_is_gone_is_told_and_not_made_anew(logger):
    logger.start(Opening("a run", {}, {}))
    shutil.rmtree("runs")
    assert "the database is gone" in _broken(logger)
    Path("runs").mkdir()
    Path("runs/mlflow.db").touch()
    assert "the database is gone" in _broken(logger)
    assert Path("runs/mlflow.db").stat().st_size == 0


def test_a_database_that_another_took_the_place_of_is_told_and_left_alone(logger, empty_database):
    logger.start(Opening("a run", {}, {}))
    Path("runs/mlflow.db").rename("runs/former.db")
    Path("runs/mlflow.db").write_bytes(empty_database)
    _broken(logger)
    assert Path("runs/mlflow.db").read_bytes() == empty_database


def test_a_database_turned_unreadable_is_told(logger, store):
    logger.start(Opening("a run", {}, {}))
    size = Path("runs/mlflow.db").stat().st_size
    Path("runs/mlflow.db").write_bytes(b"x" * size)
    assert "file is not a database" in _broken(logger)
    # Its results are there to keep, so that it is no matter of the config any more.
    with pytest.raises(TrackingError, match="file is not a database"):
        MlflowStore(**store).logger().start(Opening("another run", {}, {}))
    with pytest.raises(InputError, match="file is not a database"):
        MlflowStore(**store).finished(["a"])


LIMITED = """
import json, resource, sys
from pathlib import Path
from harness.errors import TrackingError
from harness.tracking.logger import Opening
from harness.tracking.mlflow.run_store import MlflowStore
logger = MlflowStore(**json.loads(sys.argv[1])).logger()
logger.start(Opening("a run", {}, {}))
import keras, numpy as np
Path("kept").mkdir()
keras.Sequential([keras.Input((2000,)), keras.layers.Dense(2000)]).save("kept/network.keras")
np.save("kept/example.npy", np.ones((1, 2000)))
limit = Path("runs/mlflow.db").stat().st_size + 2_000_000
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
Path("made").mkdir()
large = Path("made/large.bin")
for part in range(2):
    Path(f"made/{part}.bin").write_bytes(b"x" * 1000)
large.symlink_to(sys.argv[2])
for call in (lambda: logger.files(Path("made")), lambda: logger.network(Path("kept"))):
    try:
        call()
    except TrackingError as error:
        print(error)
"""


@pytest.mark.slow
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
from harness.tracking.logger import Opening
from harness.tracking.mlflow.run_store import MlflowStore
logger = MlflowStore(**json.loads(sys.argv[1])).logger()
logger.start(Opening("a run", {}, {}))
logger.metrics([("before", 1.0, 0)])
made = Path("made")
made.mkdir()
made.joinpath("a.bin").write_bytes(b"x" * 30_000)
fill = os.open("runs/fill", os.O_CREAT | os.O_WRONLY)
try:
    while os.write(fill, b"x" * 4096):
        pass
except OSError:
    pass
for call in (lambda: logger.metrics([("m" * 200, i / 3, i) for i in range(999)]), lambda: logger.files(made)):
    try:
        call()
    except TrackingError as error:
        print(error)
files = [file for file in Path("runs/artifacts").rglob("*") if file.is_file()]
os.close(fill)
os.remove("runs/fill")
logger.metrics([("m" * 200, i / 3, i) for i in range(999)])
logger.files(made)
run = logger._client.get_run(logger.close("FINISHED", {}))
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
    assert time.monotonic() - started < store["retry_seconds"]
    of_metrics, of_files, after = done.stdout.splitlines()
    assert "database or disk is full. Free space on that disk, and start again" in of_metrics
    assert "No space left on device. Free space on that disk, and start again" in of_files
    assert after == "0 FINISHED 1.0 True"
