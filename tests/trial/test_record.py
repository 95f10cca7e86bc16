"""What is kept of a trial, on disk and in the store."""

import json

import numpy as np
import pytest

from harness.metrics import BUILT_IN
from harness.spec import Opening
from harness.tracking.mlflow.run_store import MlflowStore
from harness.tracking.tracking import Tracking
from harness.trial import record


@pytest.fixture
def tracking(tmp_path):
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
