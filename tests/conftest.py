import os
import shutil
import signal
import sqlite3
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from harness.processes.tensorflow import XLA, xla_flags
from harness.trial import fingerprint
from tests import real_server

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
# One thread a test process: pytest-xdist runs one process a core. TensorFlow reads these when it is imported.
os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["TF_NUM_INTEROP_THREADS"] = "1"
# XLA reads them when it first compiles, which may be before a test has this project import TensorFlow.
os.environ[XLA] = xla_flags()


QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(autouse=True)
def own_device(monkeypatch):
    """A launcher that plans for another device does so for its process, which here goes on with other tests."""
    monkeypatch.setattr(fingerprint, "_elsewhere", None)


@pytest.fixture(scope="module")
def chromium():
    """Debian's browser, driven by Playwright."""
    found = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        found = None
    if not found:
        missing = "no chromium or no playwright: no page was tried in a browser"
        # There it must not pass unseen.
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def mlflow_server():
    """An MLflow server on PostgreSQL, one for all tests that leave it running."""
    if missing := real_server.missing():
        # There it must not pass unseen.
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    server = real_server.RealServer()
    try:
        server.start()
        yield server
    finally:
        server.end()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory) -> bytes:
    """A migrated database without an experiment of ours: to migrate one takes seconds, to copy it nothing."""
    from harness.metrics import BUILT_IN
    from harness.tracking.mlflow.run_store import MlflowStore

    folder = tmp_path_factory.mktemp("empty")
    place = {"uri": f"sqlite:///{folder}/mlflow.db", "artifacts": str(folder)}
    MlflowStore(**place, experiment="unused", retry_seconds=30).prepare(BUILT_IN)
    with sqlite3.connect(folder / "mlflow.db") as database:
        for table in ("experiment_tags", "experiments"):
            database.execute(f"DELETE FROM {table} WHERE experiment_id != 0")
    return (folder / "mlflow.db").read_bytes()


@pytest.fixture(scope="session")
def put_database(empty_database):
    """Puts an empty database in a folder, where a store would create one."""

    def put_database(folder):
        (folder / "runs").mkdir()
        (folder / "runs" / "mlflow.db").write_bytes(empty_database)

    return put_database


@pytest.fixture
def database(tmp_path, put_database):
    """An empty database in the test's own folder."""
    put_database(tmp_path)


def _heed_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _session(leader: int) -> list[int]:
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            state, _, _, own = place.joinpath("stat").read_text().rpartition(") ")[2].split()[:4]
        except OSError:
            continue
        if int(own) == leader and state != "Z":
            found.append(int(place.name))
    return found


@pytest.fixture(scope="session")
def session_of():
    """The living processes of the session that a process leads."""
    return _session


@pytest.fixture
def start_process():
    """Starts a command that heeds Ctrl-C, in a session of its own; whatever is left of that ends with the test.

    A shell's background job ignores SIGINT, and so does all that it starts, such as these tests.
    """
    started = []

    def start_process(command, **options) -> subprocess.Popen:
        given = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        given |= {"start_new_session": True, "preexec_fn": _heed_ctrl_c}
        started.append(subprocess.Popen(command, **given | options))
        return started[-1]

    yield start_process
    for process in started:
        for pid in _session(process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()
        if process.stdout:
            process.stdout.close()


@pytest.fixture(scope="session")
def put_network():
    """Saves a small network, [n, 4, 1] -> [n, 3], in a folder as `Logger.network` takes it; returns the folder."""

    def put_network(folder: Path) -> Path:
        import keras
        import numpy as np

        folder.mkdir()
        network = keras.Sequential([keras.Input((4, 1)), keras.layers.Flatten(), keras.layers.Dense(3)])
        network.save(folder / "network.keras")
        np.save(folder / "example.npy", np.ones((1, 4, 1)))
        return folder

    return put_network
