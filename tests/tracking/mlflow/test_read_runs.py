import math

import numpy as np
import pytest

from harness.errors import InputError
from harness.tracking.mlflow.tracker import MlflowTracker


@pytest.fixture
def kept(store, tmp_path):
    """Two runs, ended: (ids, a tracker that started neither)."""
    ids = []
    for number, status in enumerate(("FINISHED", "FAILED")):
        tracker = MlflowTracker(**store)
        tracker.start(f"run {number}", {"role": "trial", "loss": f"loss_{number}"}, {"model.units": 8 * (number + 1)})
        tracker.metrics(
            [("curve/loss", 3.0, 2), ("curve/loss", 5.0, 1), ("score", math.nan, 0), ("worst", math.inf, 0)]
        )
        (tmp_path / "kept").mkdir(exist_ok=True)
        (tmp_path / "kept" / "note.txt").write_text(str(number))
        tracker.artifact(tmp_path / "kept")
        ids.append(tracker.close(status, {"said": "it ended"}))
    return ids, MlflowTracker(**store)


def test_whole_runs_in_the_order_asked_for(kept):
    (first, second), tracker = kept
    runs = tracker.read([second, "0" * 32, first])
    assert [run.run_id for run in runs] == [second, first]
    assert [run.status for run in runs] == ["FAILED", "FINISHED"]
    assert runs[1].tags["loss"] == "loss_0"
    assert runs[1].tags["said"] == "it ended"
    assert runs[0].params == {"model.units": "16"}
    assert runs[0].metrics["curve/loss"].tolist() == [[1, 5], [2, 3]], "in order of steps"
    assert np.isnan(runs[0].metrics["score"][0, 1])
    assert runs[0].metrics["worst"].tolist() == [[0, math.inf]]
    assert (runs[0].files / "note.txt").read_text() == "1"


def test_found_by_a_filter_the_newest_first(kept):
    (first, second), tracker = kept
    assert tracker.find("tags.role = 'trial'") == [second, first]
    assert tracker.find("tags.loss = 'loss_0' and params.`model.units` = '8'") == [first]
    assert tracker.find("tags.loss = 'another'") == []


def test_a_filter_that_is_none(kept):
    with pytest.raises(InputError, match="is refused"):
        kept[1].find("loss is best")


def test_a_folder_is_kept_with_a_run_that_has_ended_and_replaces_an_older_one(kept, tmp_path):
    (first, _), tracker = kept
    folder = tmp_path / "report"
    folder.mkdir()
    for text in ("old", "new"):
        (folder / "index.html").write_text(text)
        tracker.attach(first, folder)
    files = tracker.read([first])[0].files
    assert (files / "report" / "index.html").read_text() == "new"
    assert (files / "note.txt").exists()
