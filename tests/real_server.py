"""A real MLflow server on PostgreSQL, with artifacts that it keeps itself: started, stopped and killed by tests."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

SECONDS_TO_START = 120
USER = "tests"


def missing() -> str | None:
    """Why there is none on this machine; None where there can be."""
    if not all(map(shutil.which, ("initdb", "pg_ctl"))):
        return "no initdb and pg_ctl on the path: Debian has them in postgresql, below /usr/lib/postgresql/*/bin"
    try:
        import psycopg  # noqa: F401
    except ImportError:
        return "no psycopg: pip install -e '.[test]'"
    return None


class RealServer:
    """A database cluster, and the server that keeps its runs there and its files in a folder.

    Attributes:
        address: http://127.0.0.1:PORT.
        files: the folder of the artifacts.
        log: what the server wrote.
    """

    def __init__(self, *options: str, environment: dict[str, str] | None = None):
        self.folder = Path(tempfile.mkdtemp(prefix="harness-server-"))
        self.files, self.log = self.folder / "files", self.folder / "server.log"
        self._options, self._environment = options, environment or {}
        self._port, self._database_port = _free_port(), _free_port()
        self.address = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen | None = None
        place = self.folder / "database"
        place.mkdir()
        self._as_user: dict = {}
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root.
            user = next(name for name in ("postgres", "nobody") if name in {entry.pw_name for entry in pwd.getpwall()})
            found = pwd.getpwnam(user)
            os.chown(place, found.pw_uid, found.pw_gid)
            self.folder.chmod(0o755)
            self._as_user = {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
        self._data = place / "data"
        self._database("initdb", "-D", str(self._data), "-A", "trust", "-U", USER)

    def start(self) -> None:
        self.start_database()
        self.start_server()

    def start_server(self) -> None:
        command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self._port)]
        command += ["--backend-store-uri", f"postgresql://{USER}@127.0.0.1:{self._database_port}/postgres"]
        command += ["--artifacts-destination", str(self.files), "--serve-artifacts", "--workers", "1", *self._options]
        environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", **self._environment}
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, env=environment, start_new_session=True, cwd=self.folder
            )
        by = time.monotonic() + SECONDS_TO_START
        while not self._answers():
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < by, self.log.read_text()
            time.sleep(0.1)

    def stop_server(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self._process is not None:
            # It may have ended by itself.
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, how)
            self._process.wait()
            self._process = None

    def start_database(self) -> None:
        options = f"-k '' -h 127.0.0.1 -p {self._database_port}"
        self._database("pg_ctl", "-D", str(self._data), "-w", "-l", f"{self._data}.log", "-o", options, "start")

    def stop_database(self, how: str = "fast") -> None:
        """how: `immediate`, as in a power cut."""
        self._database("pg_ctl", "-D", str(self._data), "-w", "-m", how, "stop")

    def end(self) -> None:
        self.stop_server(signal.SIGKILL)
        if (self._data / "postmaster.pid").exists():
            self.stop_database("immediate")
        shutil.rmtree(self.folder)

    def _database(self, *command: str) -> None:
        # pg_ctl leaves its streams to the database.
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
            start_new_session=True, **self._as_user,
        )  # fmt: skip
        assert done.returncode == 0, command

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/health", timeout=5):
                return True
        except OSError:
            return False


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
