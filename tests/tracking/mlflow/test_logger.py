import math
import multiprocessing
import subprocess
import sys

import pytest

from harness.errors import TrackingError
from harness.metrics import BUILT_IN
from harness.tracking.logger import Opening
from harness.tracking.mlflow.logger import CREATION
from harness.tracking.mlflow.run_store import MlflowStore


def test_keeps_tags_params_and_metrics(logger, client):
    logger.start(Opening("linear 0", {"role": "trial", "seed": 0}, {"train.epochs": 20, "data.path": None}))
    logger.metrics([("test_rmse", 0.5, 0), ("curve/val_rmse", 3.0, 1), ("curve/val_rmse", 2.0, 2)])
    run = client().get_run(logger.close("FINISHED", {"reason": ""}))
    assert (run.info.run_name, run.info.status) == ("linear 0", "FINISHED")
    assert run.info.end_time >= run.info.start_time
    assert run.data.params == {"train.epochs": "20", "data.path": "None"}
    assert run.data.metrics == {"test_rmse": 0.5, "curve/val_rmse": 2.0}
    tags = {key: value for key, value in run.data.tags.items() if key not in ("mlflow.user", CREATION)}
    assert tags == {
        "role": "trial",
        "seed": "0",
        "reason": "",
        "mlflow.runName": "linear 0",
        "mlflow.source.name": "harness",
        "mlflow.source.type": "LOCAL",
    }


def test_a_run_shows_as_running_until_it_is_closed(logger, client):
    logger.start(Opening("a run", {}, {}))
    (run,) = client().search_runs(["1"])
    assert run.info.status == "RUNNING"
    logger.close("FAILED", {"reason": "diverged"})
    (run,) = client().search_runs(["1"])
    assert (run.info.status, run.data.tags["reason"]) == ("FAILED", "diverged")


def test_a_stepped_metric_keeps_every_step_beyond_one_batch(logger, client):
    logger.start(Opening("a run", {}, {}))
    logger.metrics([("test_rmse_by_output", output / 2, output) for output in range(2345)])
    run_id = logger.close("FINISHED", {})
    points = client().get_metric_history(run_id, "test_rmse_by_output")
    assert sorted((point.step, point.value) for point in points) == [(i, i / 2) for i in range(2345)]


def test_a_metric_that_is_nan_is_kept_as_nan(logger, client):
    logger.start(Opening("a run", {}, {}))
    logger.metrics([("val_rmse", math.nan, 3)])
    assert math.isnan(client().get_run(logger.close("FAILED", {})).data.metrics["val_rmse"])


def test_more_params_than_one_batch_and_long_ones(logger, client):
    params = {f"key.{i}": i for i in range(250)} | {"fits": "x" * 6000, "long": "y" * 6001}
    logger.start(Opening("a run", {"long": "z" * 8001}, params))
    run = client().get_run(logger.close("FINISHED", {"longer": "z" * 9000}))
    assert run.data.params == {f"key.{i}": str(i) for i in range(250)} | {
        "fits": "x" * 6000,
        "long": "y" * 5997 + "...",
    }
    assert run.data.tags["long"] == run.data.tags["longer"] == "z" * 7997 + "..."


def test_a_description_is_what_mlflow_shows_as_the_runs_note(logger, client):
    logger.start(Opening("a run", {}, {}))
    tags = client().get_run(logger.close("FINISHED", {"description": "a table"})).data.tags
    assert tags["mlflow.note.content"] == "a table"
    assert "description" not in tags


def test_a_run_below_another_has_it_as_its_parent(logger, client):
    logger.start(Opening("above", {}, {}))
    below = logger.below()
    below.start(Opening("below", {}, {}))
    below.close("FINISHED", {})
    above = logger.close("FINISHED", {})
    assert below.run_id != above == logger.run_id
    assert client().get_run(below.run_id).data.tags["mlflow.parentRunId"] == above


def test_a_run_that_was_not_started_is_a_matter_of_the_store(logger):
    with pytest.raises(TrackingError, match="the run was not started"):
        logger.metrics([("finished", 1.0, 0)])
    with pytest.raises(TrackingError, match="the run was not started"):
        logger.close("FINISHED", {})


def test_artifacts_lie_below_the_artifact_folder_with_their_folders(logger, client, tmp_path):
    (tmp_path / "made" / "pictures").mkdir(parents=True)
    (tmp_path / "made" / "config.yaml").write_text("seed: 0\n")
    (tmp_path / "made" / "pictures" / "weights.png").write_bytes(b"png")
    logger.start(Opening("a run", {}, {}))
    logger.files(tmp_path / "made")
    run_id = logger.close("FINISHED", {})
    root = tmp_path / "runs" / "artifacts" / run_id / "artifacts"
    assert (root / "config.yaml").read_text() == "seed: 0\n"
    assert (root / "pictures" / "weights.png").read_bytes() == b"png"
    assert client().get_run(run_id).info.artifact_uri == root.as_uri()


def test_the_data_is_described_and_not_copied(logger, client, data, tmp_path):
    logger.start(Opening("a run", {}, {}, data))
    run = client().get_run(logger.close("FINISHED", {}))
    found = {given.tags[0].value: given.dataset for given in run.inputs.dataset_inputs}
    assert {context: (d.name, d.digest) for context, d in found.items()} == {
        "training": ("made_train", "0123456789ab"),
        "testing": ("made_test", "0123456789ab"),
    }
    assert '"features_shape": [5, 6, 2]' in found["training"].profile
    assert '"targets_shape": [4, 3]' in found["testing"].profile
    assert [path.name for path in (tmp_path / "runs" / "artifacts").rglob("*")] == []


def test_where_to_look_is_a_command_that_leads_to_this_store(run_store):
    words = ["tracking.uri=sqlite:///my runs.db"]
    assert run_store.describe(words) == [
        "To compare them in MLflow: python -m harness.ui 'tracking.uri=sqlite:///my runs.db'"
    ]


def test_the_page_of_all_runs_opens_on_a_view_that_exists(run_store, client):
    run_store.prepare(BUILT_IN)
    page = run_store.page(BUILT_IN, None)
    experiment = client().get_experiment_by_name("tried")
    assert page.startswith(f"#/experiments/{experiment.experiment_id}/runs?workflowType=machine_learning")
    assert page.endswith("&viewStateShareKey=variants")
    assert "mlflow.sharedViewState.variants" in experiment.tags


def test_a_changed_directory_does_not_move_the_store(run_store, client, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    run_store.prepare(BUILT_IN)
    assert (tmp_path / "runs" / "mlflow.db").exists()
    assert list((tmp_path / "elsewhere").iterdir()) == []


def _write_runs(store, data, runs, start, worker):
    start.wait()
    for number in range(runs):
        logger = MlflowStore(**store).logger()
        logger.start(Opening(f"{worker}-{number}", {"worker": worker}, {f"p{i}": i for i in range(20)}, data))
        logger.metrics([("curve", step, step) for step in range(200)])
        logger.close("FINISHED", {"last": "yes"})


def _in_processes(processes, work, *arguments):
    spawn = multiprocessing.get_context("spawn")
    start = spawn.Barrier(processes)
    workers = [spawn.Process(target=work, args=(*arguments, start, worker)) for worker in range(processes)]
    for process in workers:
        process.start()
    for process in workers:
        process.join(120)
    assert [process.exitcode for process in workers] == [0] * processes


def _assert_all_there(client, names):
    runs = client.search_runs(["1"])
    assert sorted(run.info.run_name for run in runs) == sorted(names)
    for run in runs:
        assert run.info.status == "FINISHED"
        assert len(run.data.params) == 20
        assert run.data.tags["last"] == "yes"
        assert len(run.inputs.dataset_inputs) == 2
        assert len(client.get_metric_history(run.info.run_id, "curve")) == 200


@pytest.mark.slow
def test_processes_that_write_at_once_after_prepare_lose_nothing(run_store, store, client, data):
    run_store.prepare(BUILT_IN)
    _in_processes(4, _write_runs, store, data, 3)
    _assert_all_there(client(), [f"{worker}-{number}" for worker in range(4) for number in range(3)])


@pytest.mark.slow
def test_processes_that_meet_at_a_store_not_there_yet_lose_nothing(fresh_store, client, data):
    _in_processes(3, _write_runs, fresh_store, data, 1)
    _assert_all_there(client(), ["0-0", "1-0", "2-0"])


PROGRAM = """
import sys
from harness.tracking.logger import Opening
from harness.tracking.mlflow.run_store import MlflowStore
logger = MlflowStore(uri="sqlite:///m.db", artifacts="a", experiment="e", retry_seconds=1).logger()
assert not {"mlflow", "tensorflow", "sqlalchemy", "pandas"} & set(sys.modules)
logger.start(Opening("a run", {}, {}))
logger.close("FINISHED", {})
from mlflow.telemetry.utils import is_telemetry_disabled
assert is_telemetry_disabled()
"""


def test_is_imported_late_stays_quiet_and_reports_to_nobody(tmp_path):
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_numbers_of_the_network_are_tied_to_it_and_to_the_data(logger, client, data, kept_network):
    logger.start(Opening("a run", {}, {}, data))
    logger.metrics([("curve/val_rmse", 9.0, 1)])
    logger.network(kept_network)
    logger.metrics([("test_rmse", 1.5, 0), ("val_rmse", 2.5, 0), ("curve/val_rmse", 8.0, 2)])
    run = client().get_run(logger.close("FINISHED", {}))
    assert run.data.metrics == {"curve/val_rmse": 8.0, "test_rmse": 1.5, "val_rmse": 2.5}
    (output,) = run.outputs.model_outputs
    found = {
        m.key: (m.value, m.dataset_name, m.dataset_digest) for m in client().get_logged_model(output.model_id).metrics
    }
    assert found == {"test_rmse": (1.5, "made_test", "0123456789ab"), "val_rmse": (2.5, None, None)}
    for ascending in (True, False):
        by_metric = [{"field_name": "metrics.test_rmse", "ascending": ascending}]
        ranked = client().search_logged_models([run.info.experiment_id], order_by=by_metric)
        assert [model.model_id for model in ranked] == [output.model_id]
