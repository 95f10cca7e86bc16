import os
import threading
import time

import pytest

from harness.tracking.logger import Opening
from harness.tracking.mlflow.heartbeat import BEAT, SECONDS_TO_LIVE, WORKS_AT, Heartbeat, lives_elsewhere, works_at
from harness.tracking.mlflow.run_store import MlflowStore


def test_beats_until_it_ends_also_after_a_beat_that_failed():
    beats, enough = [], threading.Event()

    def beat():
        beats.append(len(beats))
        if len(beats) >= 3:
            enough.set()
        raise ConnectionError("no answer")

    heart = Heartbeat(beat, seconds=0.01)
    assert enough.wait(20)
    heart.end()
    (thread,) = [thread for thread in threading.enumerate() if thread.name == "heartbeat"]
    thread.join(20)
    assert not thread.is_alive()


@pytest.mark.parametrize(
    ("works", "age", "lives"),
    [
        ("another:/folder", 0, True),
        ("another:/folder", SECONDS_TO_LIVE - 60, True),
        ("another:/folder", SECONDS_TO_LIVE + 60, False),
        ("another:/folder", None, False),
        (None, 0, False),
        ("here", 0, False),
    ],
)
def test_another_place_lives_while_it_beats(works, age, lives):
    tags = {} if works is None else {WORKS_AT: works_at() if works == "here" else works}
    if age is not None:
        tags[BEAT] = f"{time.time() - age:.0f}"
    assert lives_elsewhere(tags) == lives


@pytest.mark.slow
def test_a_run_of_another_place_is_closed_once_its_heart_stopped(on_server, tmp_path):
    from mlflow import MlflowClient

    logger = MlflowStore(**on_server).logger()
    logger.start(Opening("elsewhere", {}, {}))
    assert MlflowStore(**on_server).find({WORKS_AT: works_at()}) == [logger.run_id]
    (tmp_path / "other").mkdir()
    os.chdir(tmp_path / "other")
    there = MlflowStore(**on_server)
    assert there.close_abandoned(lambda tags: False, "KILLED", {}) == 0
    MlflowClient(on_server["uri"]).set_tag(logger.run_id, BEAT, f"{time.time() - SECONDS_TO_LIVE - 60:.0f}")
    assert there.close_abandoned(lambda tags: False, "KILLED", {}) == 1
    (run,) = there.read([logger.run_id])
    assert run.status == "KILLED"
    logger.close("FINISHED", {})
    (run,) = there.read([logger.run_id])
    assert run.status == "FINISHED", "what was closed too early is FINISHED once it has ended"
