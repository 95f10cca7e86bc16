"""Serves MLflow's UI from this one process.

`mlflow ui` of 3.17 starts four web workers and eight further processes that wait for jobs of evaluating language
models; together they hold 2 GB. What it serves is an ASGI application that reads its settings from the environment:
one process with that application alone serves the same pages.
"""

import os
import socket
import warnings
from collections.abc import Callable
from pathlib import Path

from harness.errors import InputError
from harness.tracking.mlflow.store import import_quietly

USUAL_PORT = 5000
# What a browser keeps open is closed after so many seconds when the server ends.
SECONDS_TO_CLOSE = 1


def serve(uri: str, artifacts: Path, host: str, port: int | None, on_start: Callable[[str], None]) -> None:
    """Serves until Ctrl-C, which raises KeyboardInterrupt. Arguments and errors: `RunStore.serve`."""
    listening = _listen(host, port)
    import_quietly()
    os.environ.update(_settings(uri, artifacts))
    import uvicorn

    address = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                on_start(address)

    with warnings.catch_warnings():
        # MLflow uses what its web framework will remove one day.
        warnings.simplefilter("ignore")
        from mlflow.server.fastapi_app import app
    config = uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=SECONDS_TO_CLOSE)
    with listening:
        Server(config).run([listening])


def _listen(host: str, port: int | None) -> socket.socket:
    """A socket that is bound already, so that nobody else takes a port that was found free."""
    try:
        family, *_, place = socket.getaddrinfo(host, port or 0, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise InputError("--host", f"{host} is no address ({error})", "Write 127.0.0.1, or leave it out") from error
    tried = [port] if port is not None else [USUAL_PORT, 0]
    for at in tried:
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((place[0], at, *place[2:]))
        except (OSError, OverflowError) as error:
            listening.close()
            if at == tried[-1]:
                found = f"cannot listen at {host}, port {at} ({error})"
                raise InputError("--port", found, "Write another port, or leave it out") from error
        else:
            return listening
    raise AssertionError("one was bound, or none could be")


def _settings(uri: str, artifacts: Path) -> dict[str, str]:
    """What `mlflow server --serve-artifacts` hands to its workers; without job execution there is nothing to run."""
    from mlflow.server import constants

    return {
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "_MLFLOW_SGI_NAME": "uvicorn",
        constants.BACKEND_STORE_URI_ENV_VAR: uri,
        constants.REGISTRY_STORE_URI_ENV_VAR: uri,
        constants.ARTIFACT_ROOT_ENV_VAR: str(artifacts),
        constants.SERVE_ARTIFACTS_ENV_VAR: "true",
    }
