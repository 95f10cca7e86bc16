"""Sweeps whose runs a real MLflow server keeps, on PostgreSQL, which is stopped and killed meanwhile."""

import signal
import subprocess
import time
from uuid import uuid4

import pytest
from mlflow import MlflowClient

from harness import runs
from harness.trial.points import MEASURED
from tests.real_server import RealServer, missing

pytestmark = [pytest.mark.slow, pytest.mark.skipif(missing() is not None, reason=f"{missing()}")]
SWEEP = ["loss=weighted_rmse,weighted_mse", "seed=0,1"]
LOCAL = ["tracking.uri=sqlite:///runs/mlflow.db"]


@pytest.fixture
def server():
    """A server of the test's own, to be stopped."""
    server = RealServer()
    try:
        server.start()
        yield server
    finally:
        server.end()


def at(server, experiment="tried"):
    return [f"tracking.uri={server.address}", f"tracking.experiment={experiment}"]


def table(folder):
    return next(folder.glob("runs/sweeps/*/table.csv")).read_text()


def numbers(found):
    """By fingerprint, what does not depend on the clock."""
    return {run.tags["fingerprint"]: {k: v for k, v in run.metrics.items() if k not in MEASURED} for run in found}


def whole(server, trials, experiment="tried"):
    """The runs of the trials on a server, each there once, with its points, its files and its network."""
    client = MlflowClient(server.address)
    own = client.get_experiment_by_name(experiment).experiment_id
    found = client.search_runs([own])
    assert {run.info.status for run in found if run.data.tags["role"] != "trial"} <= {"FINISHED", "KILLED"}
    of_trials = [run for run in found if run.data.tags["role"] == "trial"]
    finished = [run for run in of_trials if run.info.status == "FINISHED"]
    assert len(finished) == trials == len({run.data.tags["fingerprint"] for run in finished}), "lost, or doubled"
    assert {run.info.status for run in of_trials} <= {"FINISHED", "KILLED"}
    linked = [output.model_id for run in finished for output in run.outputs.model_outputs]
    logged = client.search_logged_models([own])
    assert sorted(linked) == sorted(model.model_id for model in logged), "a network is lost, or there twice"
    assert {str(model.status) for model in logged} == {"READY"}
    read = runs(server.address, experiment=experiment).filter(status="FINISHED")
    for run in read:
        assert len(run.curve("own_loss")) == run.config["train"]["epochs"]
        assert run.network().output_shape == (None, 7)
        assert len(run.forecasts().forecast) == len(run.forecasts().truth) > 0
    return read


@pytest.fixture(scope="module")
def undisturbed(tiny, tmp_path_factory, here, put_database):
    folder = tmp_path_factory.mktemp("undisturbed")
    put_database(folder)
    status, told, error = here(folder, "-m", *tiny, *SWEEP, *LOCAL, "hydra/launcher=basic")
    assert status == 0, told + error
    return folder


def test_a_server_gives_what_a_file_gives(mlflow_server, undisturbed, tiny, run_here, here, tmp_path):
    own = at(mlflow_server, f"same {uuid4().hex[:8]}")
    status, told, error = run_here("-m", *tiny, *SWEEP, *own)
    assert status == 0, told + error
    assert table(tmp_path) == table(undisturbed)
    name = own[1].partition("=")[2]
    read = whole(mlflow_server, 4, name)
    assert numbers(read) == numbers(runs(undisturbed / "runs" / "mlflow.db"))
    assert not list(tmp_path.glob("runs/artifacts")), "the server has a place of its own for artifacts"
    # Again: nothing is left to train.
    status, told, error = run_here("-m", *tiny, *SWEEP, *own)
    assert status == 0, told + error
    assert len(whole(mlflow_server, 4, name)) == 4

    status, told, error = here(tmp_path, *own, module="harness.report.__main__")
    assert status == 0, told + error
    status, told, error = here(tmp_path, *own, "--name", "of_a_server", module="harness.promote.__main__")
    assert status == 0, told + error
    found = MlflowClient(mlflow_server.address).get_model_version_by_alias("of_a_server", "best")
    assert found.run_id == min(read, key=lambda run: run.metrics["val_weighted_rmse"]).run_id
    status, told, error = here(tmp_path, found.run_id, *own, module="harness.rerun.__main__")
    assert status == 0, told + error
    status, told, error = here(tmp_path, *own, module="harness.ui.__main__")
    assert status == 0, told + error
    assert f"{mlflow_server.address}/#/experiments/" in told
    status, told, error = here(tmp_path, "no_such_sweep", *own, module="harness.ui.__main__")
    assert status == 1
    assert "there is no sweep 'no_such_sweep'" in error


def started(folder, count, process):
    """Waits until so many trials have begun, in a sweep of a process that runs."""
    by = time.monotonic() + 240
    while len(list(folder.glob("runs/trials/*/lock"))) < count:
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < by, "no trial began"
        time.sleep(0.05)


def test_eight_workers_outlast_a_server_and_a_database_that_stop_in_the_middle(server, start, tiny, tmp_path, here):
    sweep = ["loss=weighted_rmse,weighted_mse,sample_weight", "seed=range(0,8)"]
    process = start(tmp_path, "-m", *tiny, *sweep, *at(server), "hydra.launcher.workers=8")
    for number in range(3):
        started(tmp_path, 4, process)
        server.stop_server([signal.SIGTERM, signal.SIGKILL][number % 2])
        time.sleep(2)
        server.start_server()
        server.stop_database(["fast", "immediate"][number % 2])
        time.sleep(2)
        server.start_database()
    told, _ = process.communicate()
    assert process.returncode == 0, told
    assert "Traceback" not in told
    assert len(whole(server, 24)) == 24
    assert not list(tmp_path.glob("runs/trials/*/*"))


def test_results_wait_for_a_server_that_is_gone_and_are_delivered_at_the_next_start(
    server, start, run_here, tiny, tmp_path, undisturbed
):
    process = start(tmp_path, "-m", *tiny, *SWEEP, *at(server), "tracking.retry_seconds=1", "hydra.launcher.workers=1")
    started(tmp_path, 1, process)
    server.stop_server(signal.SIGKILL)
    told, _ = process.communicate()
    assert process.returncode == 3, told
    assert "results wait to be kept" in told
    assert "Traceback" not in told
    waiting = list(tmp_path.glob("runs/trials/*/record/run.json"))
    assert waiting

    status, told, error = run_here("-m", *tiny, *SWEEP, *at(server), "tracking.retry_seconds=1")
    assert status == 1
    assert "no answer (Connection refused). Start the server" in error
    assert list(tmp_path.glob("runs/trials/*/record/run.json")) == waiting

    server.start_server()
    status, told, error = run_here("-m", *tiny, *SWEEP, *at(server))
    assert status == 0, told + error
    assert numbers(whole(server, 4)) == numbers(runs(undisturbed / "runs" / "mlflow.db"))
    assert table(tmp_path) == table(undisturbed)
    assert not list(tmp_path.glob("runs/trials/*/*"))


def test_results_wait_for_a_server_whose_disk_is_full(server, run_here, tiny, tmp_path):
    server.files.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(server.files)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a disk of one's own size takes the right to mount one")
    try:
        status, told, error = run_here("-m", *tiny, *SWEEP, *at(server), "tracking.retry_seconds=1")
        assert status == 3, told + error
        assert "See the server's own log: its database may be out of reach, or its disk full" in " ".join(told.split())
        assert "Traceback" not in told + error
        assert len(list(tmp_path.glob("runs/trials/*/record/run.json"))) == 4
        subprocess.run(["mount", "-o", "remount,size=200m", str(server.files)], check=True)
        status, told, error = run_here("-m", *tiny, *SWEEP, *at(server))
        assert status == 0, told + error
        assert len(whole(server, 4)) == 4
    finally:
        subprocess.run(["umount", "-l", str(server.files)], check=True)


def test_a_password_is_asked_for_and_stays_in_the_environment(start_process, run, tiny, tmp_path):
    secret = f"secret-{uuid4().hex}"
    environment = {"MLFLOW_FLASK_SERVER_SECRET_KEY": uuid4().hex}
    config = tmp_path / "auth.ini"
    config.write_text(
        "[mlflow]\ndefault_permission = EDIT\n"
        f"database_uri = sqlite:///{tmp_path}/auth.db\nadmin_username = admin\nadmin_password = {secret}\n"
        "authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n"
    )
    server = RealServer("--app-name", "basic-auth", environment={**environment, "MLFLOW_AUTH_CONFIG_PATH": str(config)})
    try:
        server.start()
        for wrong in ({}, {"MLFLOW_TRACKING_USERNAME": "admin", "MLFLOW_TRACKING_PASSWORD": "wrong-password-here"}):
            status, told, error = run("-m", *tiny, *SWEEP, *at(server), **wrong)
            assert status == 1
            assert "gave up after" not in error, "it is not tried again"
            assert f"tracking.uri: {server.address} refuses this user, or this password. Set MLFLOW_TRACKING" in error
            assert not list(tmp_path.glob("runs/trials/*"))
        right = {"MLFLOW_TRACKING_USERNAME": "admin", "MLFLOW_TRACKING_PASSWORD": secret}
        status, told, error = run("-m", *tiny, *SWEEP, *at(server), "report.after_sweep=true", **right)
        assert status == 0, told + error
        with pytest.MonkeyPatch.context() as patch:
            for name, value in right.items():
                patch.setenv(name, value)
            assert len(whole(server, 4)) == 4
        assert secret not in told + error
        kept = [*(tmp_path / "runs").rglob("*"), *server.files.rglob("*")]
        assert not [file for file in kept if file.is_file() and secret.encode() in file.read_bytes()]
    finally:
        server.end()


def test_a_password_in_the_address_is_refused_and_not_shown(refused):
    message = refused("tracking.uri=http://me:pa55word@127.0.0.1:5000")
    assert "pa55" not in message
    assert "Leave it out, and set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD" in message
