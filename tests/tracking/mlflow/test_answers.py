import socket
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import pytest

from harness.errors import InputError, TrackingError
from harness.metrics import BUILT_IN
from harness.tracking.mlflow.run_store import MlflowStore
from tests.loopback import serving

USER = "Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD in the environment to those of a user"


@contextmanager
def answering(*answers):
    """The address of a server that gives these answers, (status, text), one after the other, and the last for good."""
    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            status, text = left.pop(0) if len(left) > 1 else left[0]
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = do_PUT = answer  # noqa: N815

        def log_message(self, format, *args):
            pass

    with serving(Handler) as address:
        yield address


@pytest.fixture
def prepare(tmp_path, monkeypatch):
    """Prepares a store on a server; nothing is written on this machine."""
    monkeypatch.chdir(tmp_path)

    def prepare(uri, seconds=1.0):
        place = {"uri": uri, "artifacts": "runs/artifacts", "experiment": "tried", "retry_seconds": seconds}
        MlflowStore(**place).prepare(BUILT_IN)

    yield prepare
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("status", "text"), [(200, "<html>a page</html>"), (404, "none"), (200, ""), (418, "3.17.2"), (200, "{}")]
)
def test_what_is_no_mlflow_server_is_refused(prepare, status, text):
    with (
        answering((status, text)) as uri,
        pytest.raises(InputError, match=rf"tracking\.uri: what answers at {uri} is no MLflow server .* {status}"),
    ):
        prepare(uri, 60)


def test_a_server_that_keeps_no_networks_is_refused(prepare):
    with answering((200, "2.22.1")) as uri, pytest.raises(InputError, match=r"is MLflow 2\.22\.1, which keeps no netw"):
        prepare(uri, 60)


@pytest.mark.parametrize(
    "answers",
    [
        [(401, "You are not authenticated")],
        [(200, "3.17.2"), (401, "You are not authenticated")],
        [(200, "3.17.2"), (403, '{"error_code": "PERMISSION_DENIED", "message": "Permission denied"}')],
    ],
)
def test_another_user_is_asked_for_at_once(prepare, answers):
    with answering(*answers) as uri, pytest.raises(InputError, match=rf"{uri} refuses this user, or .*\. {USER}"):
        prepare(uri, 60)


@pytest.mark.parametrize(("status", "text"), [(500, ""), (503, "busy"), (429, ""), (502, "<html>")])
def test_a_server_that_fails_is_tried_again_for_a_while(prepare, status, text):
    with (
        answering((status, text)) as uri,
        pytest.raises(
            TrackingError,
            match=rf"cannot open {uri}: gave up after \d+ tries .* status {status}\. See the server's own log",
        ),
    ):
        prepare(uri)


def test_what_passes_is_waited_for(prepare):
    wrong = '{"error_code": "BAD_REQUEST", "message": "(psycopg.InterfaceError) the connection is closed"}'
    denied = '{"error_code": "PERMISSION_DENIED", "message": "the end of this test"}'
    with (
        answering((503, ""), (200, "3.17.2"), (400, wrong), (500, ""), (403, denied)) as uri,
        pytest.raises(InputError, match="refuses this user"),
    ):
        prepare(uri, 60)


def test_an_address_where_nothing_answers_is_waited_for_for_a_while(prepare):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        uri = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(TrackingError) as raised:
            prepare(uri)
    assert str(raised.value).startswith(f"cannot open {uri}: gave up after ")
    assert "no answer (Connection refused). Start the server, or write a larger tracking.retry" in str(raised.value)


def test_a_server_that_takes_a_connection_and_says_nothing_is_given_up(prepare, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(TrackingError, match=r"no answer in time\. Start the server"):
            prepare(uri, 0)


@pytest.mark.parametrize("uri", ["http://me:pa55@host", "http://pa55@host:5000", "https://:pa55@host/mlflow"])
def test_a_user_or_a_password_in_the_address_is_refused_and_not_shown(prepare, uri):
    with pytest.raises(InputError, match=r"tracking\.uri: the address holds a user or a password") as raised:
        prepare(uri)
    assert "pa55" not in str(raised.value)
    assert "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD" in raised.value.instead


@pytest.mark.parametrize("uri", ["http://", "http:///path", "http://host:99999", "http://host?x=1", "https://[::1"])
def test_what_is_no_address_is_refused(prepare, uri):
    with pytest.raises(InputError, match=r"is no address of a server. Write one such as http://127\.0\.0\.1:5000"):
        prepare(uri)
