"""What is kept of a trial, on disk and in the store."""

import json
import os
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from harness.metrics import BUILT_IN
from harness.tracking.logger import DataDescription, Opening
from harness.tracking.mlflow.run_store import MlflowStore
from harness.tracking.tracking import Tracking
from harness.trial import record


@pytest.fixture
def tracking(tmp_path, database):
    store = MlflowStore(
        uri=f"sqlite:///{tmp_path}/runs/mlflow.db", artifacts=f"{tmp_path}/runs/a", experiment="tried", retry_seconds=30
    )
    store.prepare(BUILT_IN)
    return Tracking(store, {})


def test_twenty_repeats_of_many_metrics_come_back_from_the_store_as_they_were(tracking, tmp_path):
    """MLflow cuts a tag at 8,000 characters."""
    rng = np.random.default_rng(0)
    names = [f"{split}_{name}" for split in ("val", "test") for name in (*BUILT_IN.by_name, "mape", "peak", "bias")]
    repeats = {f"{1000 + seed}": dict(zip(names, rng.normal(size=len(names)), strict=True)) for seed in range(20)}
    baselines = {f"baseline {i}": {"test_rmse": rng.normal()} for i in range(3)}
    outcome = {"baselines": baselines, "repeats": repeats, "best": {"model.units": 32}}
    assert len(json.dumps(repeats)) > 8000
    folder = tmp_path / "trial"
    record.write(folder, [("test_rmse", 0.5, 0)], {"seconds": "3.5"}, lambda files: None, outcome=outcome)
    logger = tracking.logger()
    logger.start(Opening("a search", {"role": "trial", "fingerprint": "f"}, {}))
    delivered = record.outcome_of(record.deliver(folder, tracking, logger), {"loss": "x"}, 0, 0, "f")
    found = record.outcome_of(tracking.store.finished(["f"])["f"], {"loss": "x"}, 0, 0, "f")
    assert found == delivered
    assert found.repeats == repeats
    assert found.baselines == baselines
    assert (found.metrics, found.seconds, found.status) == ({"test_rmse": 0.5}, 3.5, "FINISHED")


POINTS = [("test_rmse", 0.5, 0), ("curve/loss", 2.0, 2), ("curve/loss", 3.0, 1)]


def write(folder, **more):
    def write_files(files):
        (files / "a").mkdir()
        (files / "a" / "text.txt").write_text("some text")

    record.write(folder, POINTS, {"seconds": "3.5"}, write_files, outcome={"baselines": {}}, **more)


def test_what_was_written_is_read(tmp_path):
    data = DataDescription("made", "abc", ((5, 6, 2), (5, 3)), ((4, 6, 2), (4, 3)))
    opening = Opening("a run", {"role": "repeat"}, {"model.units": 8}, data)
    assert not record.is_written(tmp_path)
    write(tmp_path, opening=opening, status="FAILED")
    assert record.is_written(tmp_path)
    run = record.read(tmp_path).as_run()
    assert (run.run_id, run.status, run.tags, run.params) == ("", "FAILED", {"seconds": "3.5"}, {"model.units": "8"})
    assert run.scalars == {"test_rmse": 0.5}
    assert run.curve("loss").tolist() == [3.0, 2.0]
    assert run.files.path("a/text.txt").read_text() == "some text"
    assert run.files.network() is None
    found = record.read(tmp_path).opening
    assert (found.name, found.tags, found.params) == (opening.name, opening.tags, opening.params)
    assert json.loads(json.dumps(asdict(found))) == json.loads(json.dumps(asdict(opening)))


def empty(file):
    file.write_bytes(b"")


def cut(file):
    file.write_bytes(file.read_bytes()[:-1])


@pytest.mark.parametrize("damage", [empty, cut, Path.unlink])
@pytest.mark.parametrize("name", ["run.json", "files/outcome.json", "files/a/text.txt"])
def test_a_damaged_record_is_moved_aside_and_counts_as_none(tmp_path, name, damage):
    for number in (1, 2):
        write(tmp_path)
        damage(tmp_path / "record" / name)
        with pytest.warns(UserWarning, match=rf"the record in .* is damaged \(.*moved to .*damaged_{number}"):
            assert not record.is_written(tmp_path)
        assert not record.is_written(tmp_path), "without a further warning"
        assert (tmp_path / f"damaged_{number}").is_dir()
    write(tmp_path)
    assert record.is_written(tmp_path)


def test_a_record_of_another_form_is_damaged_too(tmp_path):
    write(tmp_path)
    (tmp_path / "record" / "run.json").write_text('["neither", "of", "ours"]')
    with pytest.warns(UserWarning, match="is damaged"):
        assert not record.is_written(tmp_path)


def test_every_file_and_folder_is_on_the_disk_before_the_record_stands_under_its_name(tmp_path, monkeypatch):
    """A file whose name reached the disk before its content did is empty after a power cut."""
    done: list[str] = []
    fsync, replace = os.fsync, os.replace

    def noting_fsync(opened):
        fsync(opened)
        done.append(os.path.relpath(os.readlink(f"/proc/self/fd/{opened}"), tmp_path))

    def noting_replace(source, target):
        replace(source, target)
        done.append("renamed")

    monkeypatch.setattr(os, "fsync", noting_fsync)
    monkeypatch.setattr(os, "replace", noting_replace)
    write(tmp_path)
    before, after = done[: done.index("renamed")], done[done.index("renamed") + 1 :]
    kept = {path.relative_to(tmp_path / "record").as_posix() for path in (tmp_path / "record").rglob("*")}
    assert {f"record.partial/{name}" for name in kept} | {"record.partial"} == set(before)
    assert after == ["."], "the new name is on the disk too"


def test_a_damaged_record_below_a_search_is_left_out_of_what_is_delivered(tracking, tmp_path):
    folder = tmp_path / "search"
    for number in range(2):
        write(folder / "tuner_trials" / f"{number}", opening=Opening("below", {"role": "search_trial"}, {}))
    empty(folder / "tuner_trials" / "0" / "record" / "run.json")
    logger = tracking.logger()
    logger.start(Opening("above", {}, {}))
    with pytest.warns(UserWarning, match="is damaged"):
        record.deliver_nested(folder, tracking, logger)
    record.deliver_nested(folder, tracking, logger)
    below = tracking.store.read(tracking.store.find({"role": "search_trial"}, below=logger.run_id))
    assert [run.tags["nested"] for run in below] == ["tuner_trials/1"], "once, however often"


def test_what_was_delivered_alone_is_not_delivered_again_with_all(tracking, tmp_path):
    folder = tmp_path / "search"
    places = [folder / "tuner_trials" / f"{number}" for number in range(3)]
    for place in places:
        write(place, opening=Opening("below", {"role": "search_trial"}, {}))
    logger = tracking.logger()
    logger.start(Opening("above", {}, {}))
    record.deliver_below(folder, places[1], tracking, logger)
    record.deliver_nested(folder, tracking, logger)
    below = tracking.store.read(tracking.store.find({"role": "search_trial"}, below=logger.run_id))
    assert sorted(run.tags["nested"] for run in below) == ["tuner_trials/0", "tuner_trials/1", "tuner_trials/2"]
    assert {run.status for run in below} == {"FINISHED"}
