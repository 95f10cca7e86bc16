"""What only a server can do to a run: lose an answer, meet two clients at once, and hold what another put there."""

import multiprocessing
import urllib.error
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import numpy as np
import pytest

from harness.errors import InputError
from harness.metrics import BUILT_IN
from harness.tracking.logger import DataDescription, Opening
from harness.tracking.mlflow.existing import existing_store
from harness.tracking.mlflow.remote_files import brought
from harness.tracking.mlflow.run_store import MlflowStore
from tests.loopback import serving

pytestmark = pytest.mark.slow


@contextmanager
def losing_answers(address, lost):
    """The address of a proxy that hands on every request, and breaks off the first answer to each of these paths."""
    left = list(lost)

    class Handler(BaseHTTPRequestHandler):
        def hand_on(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
            headers = {"Content-Type": self.headers.get("Content-Type") or "application/json"}
            request = urllib.request.Request(f"{address}{self.path}", body, headers, method=self.command)
            try:
                with urllib.request.urlopen(request) as answer:
                    status, text = answer.status, answer.read()
            except urllib.error.HTTPError as refused:
                status, text = refused.code, refused.read()
            for path in left:
                if self.command != "GET" and self.path.endswith(path):
                    left.remove(path)
                    self.close_connection = True
                    return
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = hand_on  # noqa: N815

        def log_message(self, format, *args):
            pass

    with serving(Handler) as proxy:
        yield proxy
        assert not left, "an answer was not asked for"


def client_of(place):
    from mlflow import MlflowClient

    return MlflowClient(place["uri"])


def test_what_an_answer_that_was_lost_spoke_of_is_there_once(on_server, kept_network, data):
    lost = ["experiments/create", "runs/create", "runs/log-batch", "runs/log-inputs", "mlflow/logged-models"]
    lost += ["runs/outputs", "runs/update", "registered-models/create", "model-versions/create"]
    name = f"network of {on_server['experiment']}"
    with losing_answers(on_server["uri"], lost) as address:
        store = MlflowStore(**{**on_server, "uri": address})
        logger = store.logger()
        logger.start(Opening("a run", {"role": "trial"}, {"seed": 0}, data))
        logger.network(kept_network)
        logger.metrics([("test_rmse", 1.0, 0), ("curve/own_loss", 2.0, 1)])
        logger.close("FINISHED", {})
        assert store.register(logger.run_id or "", name, "best", {}, "") == "1"
    client = client_of(on_server)
    own = client.get_experiment_by_name(on_server["experiment"]).experiment_id
    (run,) = client.search_runs([own])
    assert (run.info.run_id, run.info.status, run.data.params) == (logger.run_id, "FINISHED", {"seed": "0"})
    assert len(run.inputs.dataset_inputs) == 2
    (logged,) = client.search_logged_models([own])
    assert [output.model_id for output in run.outputs.model_outputs] == [logged.model_id]
    assert len(client.get_metric_history(run.info.run_id, "curve/own_loss")) == 1
    assert len(client.search_model_versions(f"name='{name}'")) == 1


def _begin(place, number, gate):
    store = MlflowStore(**place)
    gate.wait()
    store.prepare(BUILT_IN)
    data = DataDescription("the same", "0" * 64, ((5, 6, 2), (5, 3)), ((4, 6, 2), (4, 3)))
    logger = store.logger()
    logger.start(Opening(f"run {number}", {"role": "trial", "fingerprint": f"{number}"}, {}, data))
    logger.close("FINISHED", {})


def test_eight_clients_that_begin_at_once_lose_nothing(on_server):
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(8)
    processes = [context.Process(target=_begin, args=(on_server, number, gate)) for number in range(8)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * 8
    assert len(MlflowStore(**on_server).finished([f"{number}" for number in range(8)])) == 8


@pytest.fixture
def opened(on_server):
    store = MlflowStore(**on_server)
    store.prepare(BUILT_IN)
    return store


def test_of_many_fingerprints_those_that_are_there_are_found(opened):
    for number in range(3):
        logger = opened.logger()
        logger.start(Opening("a run", {"role": "trial", "fingerprint": f"{number}"}, {}))
        logger.metrics([("test_rmse", float(number), 0), ("curve/own_loss", float("inf"), 3)])
        logger.close("FINISHED" if number else "FAILED", {})
    for asked in (["0", "1", "2"], [f"{number}" for number in range(200)]):
        found = opened.finished(asked)
        assert {name: dict(run.metrics) for name, run in found.items()} == {
            "1": {"test_rmse": 1.0, "curve/own_loss": float("inf")},
            "2": {"test_rmse": 2.0, "curve/own_loss": float("inf")},
        }


def test_more_points_than_the_server_hands_out_at_once_are_all_read(opened):
    ids, points = [], [("curve/long", step / 3, step) for step in range(13_000)]
    for _ in range(2):
        logger = opened.logger()
        logger.start(Opening("a run", {"role": "trial"}, {}))
        logger.metrics(points)
        ids.append(logger.close("FINISHED", {}))
    for run in opened.read(ids):
        np.testing.assert_array_equal(run.points["curve/long"], [(step, value) for _, value, step in points])


def test_files_are_brought_when_they_are_asked_for_and_once(opened, on_server, tmp_path):
    made = tmp_path / "made"
    (made / "a").mkdir(parents=True)
    (made / "a" / "text µ.txt").write_text("first")
    (made / "empty").write_text("")
    logger = opened.logger()
    logger.start(Opening("a run", {"role": "trial"}, {}))
    logger.files(made)
    (running,) = opened.read([logger.run_id or ""])
    assert running.files.path("a/text µ.txt").read_text() == "first"
    (made / "a" / "text µ.txt").write_text("second")
    logger.files(made)
    assert running.files.path("a/text µ.txt").read_text() == "second"
    logger.close("FINISHED", {})
    (ended,) = opened.read([logger.run_id or ""])
    assert sorted(file.name for file in ended.files.path("a").iterdir()) == ["text µ.txt"]
    assert ended.files.path("empty").read_bytes() == b""
    for absent in ("none", "none/below", "a/none", "empty/below"):
        assert not ended.files.path(absent).exists()
    assert ended.files.network() is None
    place = ended.files.path("a/text µ.txt")
    assert place.is_relative_to(brought(on_server["uri"], logger.run_id or ""))
    before = place.stat().st_mtime_ns
    assert ended.files.path("a/text µ.txt").stat().st_mtime_ns == before
    (made / "a" / "text µ.txt").write_text("third")
    opened.attach(logger.run_id or "", made)
    (again,) = opened.read([logger.run_id or ""])
    assert again.files.path("made/a/text µ.txt").read_text() == "third"


def test_tags_with_quotation_marks_are_found(opened):
    for text in ("it's", 'a "b"', """both ' and \""""):
        logger = opened.logger()
        logger.start(Opening("a run", {"text": text}, {}))
        assert opened.find({"text": text}) == [logger.run_id]


def test_a_deleted_experiment_and_one_of_the_servers_own_folders_are_refused(on_server, tmp_path):
    client = client_of(on_server)
    client.create_experiment(on_server["experiment"], artifact_location=f"file://{tmp_path}/there")
    with pytest.raises(InputError, match="keeps its files in a folder of the server's machine"):
        MlflowStore(**on_server).prepare(BUILT_IN)
    client.delete_experiment(client.get_experiment_by_name(on_server["experiment"]).experiment_id)
    with pytest.raises(InputError, match="is deleted"):
        MlflowStore(**on_server).prepare(BUILT_IN)


def test_an_experiment_of_a_server_is_found_by_its_name_alone(opened, on_server):
    name = on_server["experiment"]
    assert existing_store(on_server["uri"], name).find({"role": "trial"}) == []
    with pytest.raises(InputError, match="experiment"):
        existing_store(on_server["uri"], "no such experiment")
    assert not Path("runs").exists()
