"""The command `python -m harness.ui`: one process, an address, and a quiet end."""

import base64
import json
import os
import re
import signal
import sys
import urllib.request
import zlib

import pytest

from harness.metrics import BUILT_IN
from harness.tracking.logger import Opening
from harness.tracking.mlflow.run_store import MlflowStore

PLACE = ["tracking.uri=sqlite:///runs/mlflow.db", "tracking.artifacts=runs/artifacts", "tracking.experiment=tried"]
WIDE = {**os.environ, "COLUMNS": ""}


@pytest.fixture
def store(tmp_path, monkeypatch, database):
    monkeypatch.chdir(tmp_path)
    place = {"uri": "sqlite:///runs/mlflow.db", "artifacts": "runs/artifacts"}
    store = MlflowStore(**place, experiment="tried", retry_seconds=30)
    store.prepare(BUILT_IN)
    return store


def start_sweep(store, name, trials):
    for role in ("sweep", *["trial"] * trials):
        logger = store.logger()
        logger.start(Opening(role, {"role": role, "sweep": name}, {}))
        logger.close("FINISHED", {})


def read_address(process):
    line = process.stdout.readline()
    found = re.fullmatch(r"The comparison is at: (http://127\.0\.0\.1:\d+)/(#/experiments/.+)\n", line)
    assert found, line
    return found.groups()


def read(address):
    with urllib.request.urlopen(address, timeout=30) as answer:
        return answer.read().decode()


def ask(address, call, **asked):
    sent = urllib.request.Request(f"{address}/ajax-api/2.0/mlflow/{call}", json.dumps(asked).encode())
    sent.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(sent, timeout=30) as answer:
        return json.loads(answer.read())


def shared_view(address, page):
    experiment, view = re.search(r"experiments/(\d+)/.*viewStateShareKey=(\w+)", page).groups()
    found = json.loads(read(f"{address}/ajax-api/2.0/mlflow/experiments/get?experiment_id={experiment}"))
    tags = {tag["key"]: tag["value"] for tag in found["experiment"]["tags"]}
    state = json.loads(tags[f"mlflow.sharedViewState.{view}"])["state"].removeprefix("deflate;")
    return experiment, json.loads(zlib.decompress(base64.b64decode(state)))["searchFilter"]


@pytest.mark.slow
def test_one_process_serves_the_newest_sweep_and_ends_quietly(store, start_process, session_of, tmp_path):
    start_sweep(store, "former", 1)
    start_sweep(store, "newest", 2)
    process = start_process([sys.executable, "-m", "harness.ui", *PLACE], cwd=tmp_path, env=WIDE)
    address, page = read_address(process)
    assert "<title>MLflow</title>" in read(f"{address}/")
    experiment, words = shared_view(address, page)
    shown = ask(address, "runs/search", experiment_ids=[experiment], filter=words)["runs"]
    assert len(shown) == 2
    assert all({"key": "sweep", "value": "newest"} in run["data"]["tags"] for run in shown)
    assert session_of(process.pid) == [process.pid]
    os.kill(process.pid, signal.SIGINT)
    rest, _ = process.communicate(timeout=20)
    assert (process.returncode, rest) == (0, "")


@pytest.mark.slow
def test_a_sweep_by_its_id_at_a_port_of_ones_own(store, start_process, tmp_path):
    start_sweep(store, "former", 1)
    start_sweep(store, "newest", 2)
    command = [sys.executable, "-m", "harness.ui", "former", "--port", "0", *PLACE]
    address, page = read_address(start_process(command, cwd=tmp_path, env=WIDE))
    assert shared_view(address, page)[1] == "tags.role = 'trial' and tags.sweep = 'former'"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["nosuch"], "SWEEP: there is no sweep 'nosuch'. The newest are: former"),
        (["--host", "host.invalid"], "--host: host.invalid is no address"),
        (["--port", "70000"], "--port: cannot listen at 127.0.0.1, port 70000"),
        (["tracking=none"], "tracking: nothing is kept"),
        (["tracking.experiment=other"], "tracking: there is no experiment 'other'"),
        (["nosuch=1"], "nosuch: no such key"),
    ],
)
def test_what_cannot_be_served_is_told(store, monkeypatch, words, found):
    from hydra.core.global_hydra import GlobalHydra

    from harness.ui.__main__ import main

    start_sweep(store, "former", 0)
    GlobalHydra.instance().clear()
    monkeypatch.setattr(sys, "argv", ["ui", *([] if words == ["tracking=none"] else PLACE), *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert str(ended.value).startswith(f"error: {found}")
