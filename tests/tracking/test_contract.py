"""What every logger and every store does, whatever it keeps."""

import csv
import inspect
import json
import math
import struct
import time
from importlib.util import find_spec
from pathlib import Path

import keras
import numpy as np
import pytest

from harness.metrics import BUILT_IN
from harness.tracking.csv import CsvLogger
from harness.tracking.logger import Logger, Opening
from harness.tracking.mlflow.run_store import MlflowStore
from harness.tracking.silent import SilentLogger, SilentStore
from harness.tracking.store import RunStore
from harness.tracking.tracking import SeveralLoggers, Tracking
from harness.tracking.wandb import WandbLogger

# Of a file of Weights & Biases, in bytes.
WANDB_HEADER, RECORD_HEADER, BLOCK = 7, 7, 32768
WHOLE, LAST = 1, 4
OF_WANDB = ("step", "_step", "_runtime", "_timestamp")
POINTS = [("test_rmse", np.float64(1 / 3), 0), ("curve/loss", 2.0, 1), ("curve/loss", math.inf, 2)]


def csv_logger():
    return CsvLogger(folder="runs/csv")


def wandb_logger():
    return WandbLogger(folder="runs", project="tried", mode="offline")


WITHOUT_WANDB = pytest.mark.skipif(
    find_spec("wandb") is None, reason="wandb is not installed: pip install -e '.[wandb]'"
)


# It takes some seconds to start.
SERVER = pytest.param("server", marks=pytest.mark.slow)
LOGGERS = ["mlflow", "csv", "silent", "mlflow and csv", "silent and csv", SERVER]


@pytest.fixture(params=[*LOGGERS, pytest.param("wandb", marks=WITHOUT_WANDB)])
def log(request, store):
    """(a logger, from `prepare` on; what reads back the runs that it wrote)."""
    mlflow = MlflowStore(**(request.getfixturevalue("on_server") if request.param == "server" else store))
    return {
        "server": lambda: (mlflow.logger(), [from_mlflow(mlflow)]),
        "mlflow": lambda: (mlflow.logger(), [from_mlflow(mlflow)]),
        "csv": lambda: (csv_logger(), [from_csv]),
        "silent": lambda: (SilentLogger(), []),
        "mlflow and csv": lambda: (Tracking(mlflow, {"csv": csv_logger}).logger(), [from_mlflow(mlflow), from_csv]),
        "silent and csv": lambda: (Tracking(SilentStore(), {"csv": csv_logger}).logger(), [from_csv]),
        "wandb": lambda: (wandb_logger(), [from_wandb]),
    }[request.param]()


@pytest.fixture(params=["mlflow", SERVER, "silent"])
def build_store(request, store):
    if request.param == "silent":
        return SilentStore
    place = request.getfixturevalue("on_server") if request.param == "server" else store
    return lambda: MlflowStore(**place)


def from_mlflow(store):
    def read():
        (run,) = store.read(store.find({"role": "trial"}))
        points = [(name, value, step) for name, found in run.points.items() for step, value in found]
        network = keras.models.load_model(run.files.network())
        return run.status, run.tags, run.params, points, run.files.path("a/weights.txt").read_text(), network

    return read


def from_csv():
    runs = {file.parent: json.loads(file.read_text()) for file in Path("runs/csv").glob("*/run.json")}
    ((folder, run),) = [(folder, run) for folder, run in runs.items() if run["tags"]["role"] == "trial"]
    with (folder / "metrics.csv").open() as file:
        points = [(row["metric"], float(row["value"]), int(row["step"])) for row in csv.DictReader(file)]
    params = {key: str(value) for key, value in run["params"].items()}
    network = keras.models.load_model(folder / "network" / "network.keras")
    return run["status"], run["tags"], params, points, (folder / "files" / "a" / "weights.txt").read_text(), network


def records_of_wandb(file):
    """The records of a run's file, which are kept in blocks as in LevelDB's logs."""
    from wandb.proto.wandb_internal_pb2 import Record

    content, at, parts = file.read_bytes(), WANDB_HEADER, b""
    while at + RECORD_HEADER <= len(content):
        if BLOCK - at % BLOCK < RECORD_HEADER:
            at += BLOCK - at % BLOCK
            continue
        length, kind = struct.unpack("<HB", content[at + 4 : at + RECORD_HEADER])
        parts += content[at + RECORD_HEADER : at + RECORD_HEADER + length]
        at += RECORD_HEADER + length
        if kind in (WHOLE, LAST):
            yield Record.FromString(parts)
            parts = b""


def whole_run_of_wandb(file):
    """Its own process writes a run's last records a moment after the run has ended."""
    by = time.monotonic() + 20
    while not any(record.HasField("exit") for record in records_of_wandb(file)):
        assert time.monotonic() < by
        time.sleep(0.05)
    return records_of_wandb(file)


def from_wandb():
    """Of the run of the role trial."""
    found = []
    for file in Path("runs/wandb").glob("offline-run-*/run-*.wandb"):
        config, summary, points = {}, {}, []
        for record in whole_run_of_wandb(file):
            for update in [*record.run.config.update, *record.config.update]:
                config[update.key or ".".join(update.nested_key)] = json.loads(update.value_json)
            summary |= {item.key: json.loads(item.value_json) for item in record.summary.update if item.key}
            row = {item.key or item.nested_key[0]: json.loads(item.value_json) for item in record.history.item}
            points += [(name, float(value), row["step"]) for name, value in row.items() if name not in OF_WANDB]
        found.append((file.parent / "files", config, summary, points))
    ((files, config, summary, points),) = [one for one in found if one[1]["tags"]["role"] == "trial"]
    params = {key: str(value) for key, value in config.items() if key not in ("tags", "data", "above", "_wandb")}
    network = keras.models.load_model(files / "network" / "network.keras")
    text = (files / "a" / "weights.txt").read_text()
    return summary["status"], config["tags"], params, points, text, network


@pytest.fixture
def made(tmp_path):
    folder = tmp_path / "made"
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "weights.txt").write_text("1")
    return folder


@pytest.mark.parametrize(
    "construct",
    [
        lambda store: MlflowStore(**store).logger(),
        lambda store: Tracking(MlflowStore(**store), {"csv": csv_logger}).logger(),
        lambda store: csv_logger(),
        pytest.param(lambda store: wandb_logger(), marks=WITHOUT_WANDB),
        lambda store: SilentLogger(),
    ],
)
def test_constructing_a_logger_writes_nothing(construct, fresh_store):
    construct(fresh_store)
    assert list(Path().iterdir()) == []


def test_a_whole_run_is_there_as_it_was_written(log, data, made, kept_network):
    logger, readers = log
    params = {"train.epochs": 2, "data.path": None, "text": 'a, "b"\nµ'}
    logger.start(Opening("a run", {"role": "trial", "text": 'a, "b"\nµ'}, params, data))
    logger.metrics([])
    logger.metrics(POINTS[:1])
    logger.metrics(POINTS[1:])
    logger.files(made)
    logger.network(kept_network)
    logger.close("FINISHED", {"seconds": "1"})
    for read in readers:
        status, tags, kept_params, points, text, network = read()
        assert status == "FINISHED"
        assert {"role": "trial", "text": 'a, "b"\nµ', "seconds": "1"}.items() <= tags.items()
        assert kept_params == {"train.epochs": "2", "data.path": "None", "text": 'a, "b"\nµ'}
        assert sorted(points) == sorted((name, float(value), step) for name, value, step in POINTS)
        assert text == "1"
        x = np.arange(24.0).reshape(2, 6, 2)
        expected = x.mean(axis=1) @ [[1.0, 2.0, 3.0], [0.5, 0.0, -1.0]]
        np.testing.assert_allclose(network.predict(x, verbose=0), expected, rtol=1e-6)
    assert (made / "a" / "weights.txt").read_text() == "1", "what was handed over is left as it was"
    assert {file.name for file in kept_network.iterdir()} == {"network.keras", "example.npy"}


@pytest.mark.parametrize("status", ["FINISHED", "FAILED", "KILLED"])
def test_closes_with_each_status(log, made, kept_network, status):
    logger, readers = log
    logger.start(Opening("a run", {"role": "trial"}, {}))
    logger.files(made)
    logger.network(kept_network)
    logger.close(status, {})
    for read in readers:
        assert read()[0] == status


def test_a_run_has_its_id_from_its_start_on(log):
    logger, _ = log
    assert logger.run_id is None
    logger.start(Opening("a run", {}, {}))
    started = logger.run_id
    assert started is None or isinstance(started, str)
    assert logger.close("FINISHED", {}) == started == logger.run_id


def test_a_run_below_another_is_one_of_its_own(log, made, kept_network):
    logger, readers = log
    logger.start(Opening("above", {"role": "trial"}, {}))
    below = logger.below()
    assert below.run_id is None
    below.start(Opening("below", {"role": "repeat"}, {}))
    below.metrics([("test_rmse", 5.0, 0)])
    below.close("FAILED", {})
    assert below.run_id is None or below.run_id != logger.run_id
    logger.metrics(POINTS)
    logger.files(made)
    logger.network(kept_network)
    logger.close("FINISHED", {})
    for read in readers:
        status, _, _, points, *_ = read()
        assert status == "FINISHED"
        assert ("test_rmse", 5.0, 0) not in points


@pytest.mark.parametrize("build", [MlflowStore, SilentStore])
def test_constructing_a_store_writes_nothing(build, fresh_store):
    build(**(fresh_store if build is MlflowStore else {}))
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("build", [MlflowStore, SilentStore])
def test_a_store_that_was_not_prepared_holds_nothing(build, fresh_store):
    store = build(**(fresh_store if build is MlflowStore else {}))
    assert store.finished(["a"]) == {}
    assert list(store.read(["a"])) == []
    assert store.close_abandoned(lambda tags: False, "KILLED", {}) == 0
    assert list(Path().iterdir()) == []


@pytest.mark.slow
def test_a_server_that_was_not_prepared_holds_nothing(on_server):
    store = MlflowStore(**on_server)
    assert store.finished(["a"]) == {}
    assert list(store.read(["a"])) == []
    assert store.close_abandoned(lambda tags: False, "KILLED", {}) == 0


def test_a_store_takes_a_run_and_what_it_finds_is_what_it_reads(build_store, made):
    store = build_store()
    for _ in range(2):
        store.prepare(BUILT_IN)
    logger = store.logger()
    logger.start(Opening("a run", {"role": "trial", "fingerprint": "a"}, {"seed": 0}))
    logger.metrics(POINTS)
    logger.files(made)
    run_id = logger.close("FINISHED", {})
    finished = store.finished(["a", "b"])
    assert {name: run.run_id for name, run in finished.items()} == ({} if run_id is None else {"a": run_id})
    read = store.read(store.find({"role": "trial"}))
    assert [run.run_id for run in read] == list(filter(None, [run_id]))
    for found, whole in zip(finished.values(), read, strict=True):
        assert (found.status, found.tags, found.params, found.metrics) == (
            whole.status,
            whole.tags,
            whole.params,
            whole.metrics,
        )
        assert found.files.path("a/weights.txt").read_text() == "1"
        assert found.files.network() is None


def test_how_to_look_is_said_in_lines(build_store):
    store = build_store()
    store.prepare(BUILT_IN)
    assert all(isinstance(line, str) and line for line in store.describe([]))


def test_what_is_attached_to_a_run_that_has_ended_is_among_its_files(build_store, made):
    store = build_store()
    logger = store.logger()
    logger.start(Opening("a run", {}, {}))
    run_id = logger.close("FINISHED", {})
    store.attach(run_id or "", made)
    for run in store.read([run_id or ""]):
        assert run.files.path("made/a/weights.txt").read_text() == "1"


def test_ended_runs_are_adopted_and_those_cut_short_are_removed(build_store):
    store = build_store()
    former = store.logger()
    former.start(Opening("killed", {}, {}))
    for number, status in enumerate(("FINISHED", "FAILED", None)):
        below = former.below()
        below.start(Opening("below", {"nested_in": "x", "nested": f"{number}"}, {}))
        if status:
            below.close(status, {})
    former.close("KILLED", {})
    logger = store.logger()
    logger.start(Opening("again", {}, {}))
    adopted = store.adopt(logger.run_id, {"nested_in": "x"})
    assert {tags["nested"] for tags in adopted} == (set() if logger.run_id is None else {"0", "1"})
    assert len(store.find({"nested_in": "x"}, below=logger.run_id)) == len(adopted)
    assert len(store.find({"nested_in": "x"})) == len(adopted)
    logger.close("FINISHED", {})
    third = store.logger()
    third.start(Opening("third", {}, {}))
    assert list(store.adopt(third.run_id, {"nested_in": "x"})) == [], "a FINISHED run keeps those below it"


def methods(protocol):
    return {name: f for name, f in vars(protocol).items() if inspect.isfunction(f) and not name.startswith("_")}


@pytest.mark.parametrize(
    ("protocol", "made"),
    [
        (Logger, csv_logger()),
        (Logger, WandbLogger.__new__(WandbLogger)),
        (Logger, SilentLogger()),
        (Logger, SeveralLoggers(SilentLogger(), [])),
        (Logger, MlflowStore(uri="sqlite:///x.db", artifacts="x", experiment="x", retry_seconds=0).logger()),
        (RunStore, SilentStore()),
        (RunStore, MlflowStore(uri="sqlite:///x.db", artifacts="x", experiment="x", retry_seconds=0)),
    ],
    ids=lambda value: value.__name__ if inspect.isclass(value) else type(value).__name__,
)
def test_has_the_protocols_methods_with_their_arguments(protocol, made):
    assert methods(protocol)
    for name, method in methods(protocol).items():
        found = getattr(type(made), name)
        assert list(inspect.signature(found).parameters) == list(inspect.signature(method).parameters)
