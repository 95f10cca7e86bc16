import math

import numpy as np
import pytest

from harness.errors import InputError
from harness.tracking.logger import Opening
from harness.tracking.mlflow.run_store import MlflowStore


@pytest.fixture
def kept(store, tmp_path):
    """Two runs, ended: (ids, a store that started neither)."""
    ids = []
    for number, status in enumerate(("FINISHED", "FAILED")):
        logger = MlflowStore(**store).logger()
        tags = {"role": "trial", "loss": f"loss_{number}"}
        logger.start(Opening(f"run {number}", tags, {"model.units": 8 * (number + 1)}))
        logger.metrics([("curve/loss", 3.0, 2), ("curve/loss", 5.0, 1), ("score", math.nan, 0), ("worst", math.inf, 0)])
        (tmp_path / "kept").mkdir(exist_ok=True)
        (tmp_path / "kept" / "note.txt").write_text(str(number))
        logger.files(tmp_path / "kept")
        ids.append(logger.close(status, {"said": "it ended"}))
    return ids, MlflowStore(**store)


def test_whole_runs_in_the_order_asked_for(kept):
    (first, second), run_store = kept
    runs = run_store.read([second, "0" * 32, first])
    assert [run.run_id for run in runs] == [second, first]
    assert [run.status for run in runs] == ["FAILED", "FINISHED"]
    assert runs[1].tags["loss"] == "loss_0"
    assert runs[1].tags["said"] == "it ended"
    assert runs[0].params == {"model.units": "16"}
    assert runs[0].points["curve/loss"].tolist() == [[1, 5], [2, 3]], "in order of steps"
    assert np.isnan(runs[0].points["score"][0, 1])
    assert runs[0].points["worst"].tolist() == [[0, math.inf]]
    assert np.isnan(runs[0].metrics.pop("score"))
    assert runs[0].metrics == {"curve/loss": 3.0, "worst": math.inf}, "the last value of each"
    assert runs[0].files.path("note.txt").read_text() == "1"
    assert runs[0].files.network() is None


def test_found_by_a_filter_the_newest_first(kept):
    (first, second), run_store = kept
    assert run_store.select("tags.role = 'trial'") == [second, first]
    assert run_store.select("tags.loss = 'loss_0' and params.`model.units` = '8'") == [first]
    assert run_store.select("tags.loss = 'another'") == []


def test_found_by_tags_the_newest_first(kept, client):
    (first, second), run_store = kept
    assert run_store.find({"role": "trial"}) == [second, first]
    assert run_store.find({"role": "trial", "loss": "loss_0"}) == [first]
    assert run_store.find({"loss": 'it\'s "another"'}) == []
    client().delete_run(second)
    assert run_store.find({}) == [first]


def test_found_below_a_run(store):
    run_store = MlflowStore(**store)
    above = run_store.logger()
    above.start(Opening("above", {"role": "trial"}, {}))
    ids = []
    for role in ("repeat", "repeat", "search_trial"):
        below = above.below()
        below.start(Opening("below", {"role": role}, {}))
        ids.append(below.close("FINISHED", {}))
    assert set(run_store.find({"role": "repeat"}, below=above.run_id)) == set(ids[:2])
    assert run_store.find({"role": "repeat"}, below=ids[0]) == []


def test_a_filter_that_is_none(kept):
    with pytest.raises(InputError, match="is refused"):
        kept[1].select("loss is best")


def test_a_folder_is_kept_with_a_run_that_has_ended_and_replaces_an_older_one(kept, tmp_path):
    (first, _), run_store = kept
    folder = tmp_path / "report"
    folder.mkdir()
    for text in ("old", "new"):
        (folder / "index.html").write_text(text)
        run_store.attach(first, folder)
    files = run_store.read([first])[0].files
    assert files.path("report/index.html").read_text() == "new"
    assert files.path("note.txt").exists()
