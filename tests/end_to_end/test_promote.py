"""The best network of a sweep is registered, predicts in a fresh environment, and answers HTTP requests."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from importlib.metadata import version

import numpy as np
import pytest
from mlflow import MlflowClient

from harness import runs

pytestmark = pytest.mark.slow
MODULE = "harness.promote.__main__"
SWEEP = ["loss=weighted_rmse,weighted_mse", "seed=0,1", "data.length=1200", "data.outputs=100", "data.lookback=12"]


@pytest.fixture(scope="module")
def swept(tiny, tmp_path_factory, here, put_database):
    folder = tmp_path_factory.mktemp("swept")
    put_database(folder)
    status, told, error = here(folder, "-m", *tiny, *SWEEP, "hydra/launcher=basic")
    assert status == 0, told + error
    status, told, error = here(folder, "--name", "forecaster", module=MODULE)
    assert status == 0, told + error
    return folder, told


def uri_of(folder):
    return f"sqlite:///{folder}/runs/mlflow.db"


def best_by(folder, metric):
    return min(runs(folder / "runs" / "mlflow.db"), key=lambda run: run.metrics[metric])


def histories():
    """[3, 12, 1] of values that float32 cannot hold apart."""
    return np.random.default_rng(0).normal(1, 0.2, (3, 12, 1))


def expected(folder):
    return np.asarray(best_by(folder, "val_weighted_rmse").network()(histories(), training=False))


def test_the_best_on_validation_is_registered_with_where_it_is_from(swept):
    folder, told = swept
    client, best = MlflowClient(uri_of(folder)), best_by(folder, "val_weighted_rmse")
    found = client.get_model_version_by_alias("forecaster", "best")
    assert found.run_id == best.run_id
    for key in ("data_hash", "weights_hash", "variant", "sweep", "seed"):
        assert found.tags[key] == best.tags[key]
    for name in ("val_weighted_rmse", "test_weighted_rmse", "test_mae"):
        assert float(found.tags[name]) == best.metrics[name]
    assert (found.tags["chosen_by"], found.tags["chosen_among"]) == ("val_weighted_rmse", "4")
    (sweep,) = client.search_runs(["1"], "tags.role = 'sweep'")
    assert f"{sweep.info.run_id}/artifacts/report/index.html" in found.description
    assert best.run_id in found.description
    assert best.run_id in told
    assert "It is version 1 of forecaster" in told


def test_again_it_is_the_same_version_and_another_metric_may_choose_another(swept, here):
    folder, _ = swept
    for _ in range(2):
        status, told, error = here(folder, "--name=other", "--metric", "test_mae", "--alias", "tried", module=MODULE)
        assert status == 0, told + error
    client = MlflowClient(uri_of(folder))
    (found,) = client.search_model_versions("name='other'")
    assert found.run_id == best_by(folder, "test_mae").run_id
    assert client.get_model_version_by_alias("other", "tried").version == found.version
    assert "too good an estimate" in found.description


def test_what_cannot_be_promoted_is_told(swept, here):
    folder, _ = swept
    for words, found in (
        (["nosuch"], "SWEEP: there is no sweep 'nosuch'. The newest are: "),
        (["--metric", "val_rsme"], "--metric: got 'val_rsme'. Did you mean --metric=val_rmse?"),
        (["--name", "a/b"], "--name: MLflow refuses 'a/b'"),
        (["--alias", "v1"], "--name: MLflow refuses 'loss_variants' or 'v1'"),
        (["tracking=none"], "SWEEP: the experiment holds no sweep"),
    ):
        status, _, error = here(folder, *words, module=MODULE)
        assert status == 1
        assert error.startswith(f"error: {found}"), error


def test_through_mlflow_it_is_as_exact_as_the_network_itself(swept):
    import mlflow

    folder, told = swept
    line = re.search(r"Use it:\s+(import mlflow; .*)", told)[1]
    found: dict = {}
    before = mlflow.get_tracking_uri() if mlflow.is_tracking_uri_set() else None
    try:
        exec(f"{line.replace('mlflow.pyfunc', 'model = mlflow.pyfunc')}", found)
    finally:
        mlflow.set_tracking_uri(before)
    forecast = found["model"].predict(histories())
    assert (forecast.shape, forecast.dtype) == ((3, 100), np.float64)
    np.testing.assert_array_equal(forecast, expected(folder))


FRESH = """
import sys
import mlflow, numpy as np
mlflow.set_tracking_uri(sys.argv[1])
model = mlflow.pyfunc.load_model("models:/forecaster@best")
np.save("forecast.npy", model.predict(np.load("histories.npy")))
try:
    import harness
    raise SystemExit("harness is here too")
except ImportError:
    pass
"""


def test_in_a_fresh_environment_with_mlflow_and_tensorflow_alone(swept, tmp_path):
    folder, _ = swept
    fresh = tmp_path / "fresh"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(fresh)], check=True)
    packages = [f"{name}=={version(name)}" for name in ("mlflow", "tensorflow", "keras")]
    pip = ["pip", "--python", str(fresh), "install", "-q", *packages]
    # An environment of the README's command has no pip of its own.
    base = os.path.join(sys.base_prefix, "bin", "python3")
    done = subprocess.run([base, "-m", *pip], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"the packages cannot be installed here: {done.stderr[-300:]}")
    np.save(tmp_path / "histories.npy", histories())
    (tmp_path / "program.py").write_text(FRESH)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    command = [str(fresh / "bin" / "python"), "program.py", uri_of(folder)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    np.testing.assert_allclose(np.load(tmp_path / "forecast.npy"), expected(folder), rtol=1e-6)


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@pytest.fixture
def served(swept, start_process, tmp_path):
    """Sends a request to `mlflow models serve`: (status, text)."""
    folder, _ = swept
    port, bin_folder = free_port(), os.path.dirname(sys.executable)
    environment = {**os.environ, "MLFLOW_TRACKING_URI": uri_of(folder), "PATH": f"{bin_folder}:{os.environ['PATH']}"}
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", "models:/forecaster@best"]
    command += ["--env-manager", "local", "-p", str(port)]
    log = (tmp_path / "log").open("w")
    process = start_process(command, cwd=tmp_path, env=environment, stdout=log, stderr=log)

    def ask(body):
        sent = urllib.request.Request(f"http://127.0.0.1:{port}/invocations", body)
        sent.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(sent, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    deadline = time.monotonic() + 120
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/ping", timeout=5).close()
            break
        except OSError:
            assert time.monotonic() < deadline
            assert process.poll() is None, (tmp_path / "log").read_text()
            time.sleep(0.2)
    return ask


def test_a_server_answers_and_says_what_is_wrong_with_a_request(swept, served):
    folder, _ = swept
    status, text = served(json.dumps({"inputs": histories().tolist()}).encode())
    assert status == 200, text
    np.testing.assert_allclose(json.loads(text)["predictions"], expected(folder), rtol=1e-12)
    row = "[1.0]"
    for body, reason in (
        ('{"x": []}', "exactly one of the input fields"),
        ("{nope", "valid JSON"),
        (json.dumps({"inputs": histories()[:, :11].tolist()}), "does not match expected shape (-1, 12, 1)"),
        (f'{{"inputs": [[{",".join([row] * 11)}, ["a"]]]}}', "could not convert string to float"),
        (
            f'{{"inputs": [[{",".join([row] * 11)}, [null]]]}}',
            "in window 0, row 11",
        ),
        (
            f'{{"inputs": [[[1e999], {",".join([row] * 11)}]]}}',
            "in window 0, row 0",
        ),
    ):
        status, text = served(body.encode())
        assert status == 400
        assert reason in text
