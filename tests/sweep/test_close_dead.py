"""What becomes of the runs of a trial whose process died."""

from types import SimpleNamespace

import pytest

from harness.sweep.keep import close_dead
from harness.tracking.logger import Opening
from harness.tracking.mlflow.run_store import MlflowStore


@pytest.mark.usefixtures("database")
def test_the_trial_has_failed_and_what_is_nested_in_it_is_cut_short(tmp_path):
    """A search takes a nested run that FAILED for one whose record was delivered, and delivers one that was KILLED."""
    place = {"uri": f"sqlite:///{tmp_path}/runs/mlflow.db", "artifacts": f"{tmp_path}/runs/artifacts"}
    store = MlflowStore(**place, experiment="loss_variants", retry_seconds=0)
    search, other = store.logger(), store.logger()
    search.start(Opening("search", {"fingerprint": "abc"}, {}))
    nested = search.below()
    nested.start(Opening("repeat", {"fingerprint": "abc", "nested_in": "abc", "nested": "repeats/1000"}, {}))
    other.start(Opening("other", {"fingerprint": "def"}, {}))
    close_dead(store, [SimpleNamespace(fingerprint="abc")], {})
    runs = store.read([search.run_id, nested.run_id, other.run_id])
    assert [run.status for run in runs] == ["FAILED", "KILLED", "RUNNING"]
