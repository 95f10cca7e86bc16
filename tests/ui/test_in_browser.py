"""MLflow's pages in a real browser: what a user looks for after a sweep is on them."""

import os
import sys

import pytest

from harness.metrics import BUILT_IN
from harness.tracking.logger import DataDescription, Opening
from harness.tracking.mlflow.run_store import MlflowStore

PLACE = ["tracking.uri=sqlite:///runs/mlflow.db", "tracking.artifacts=runs/artifacts", "tracking.experiment=tried"]
RMSE = {"a": 3.25, "b": 1.25, "c": 2.25}
pytestmark = pytest.mark.slow


@pytest.fixture
def page(chromium):
    page = chromium.new_page(viewport={"width": 3000, "height": 1200})
    yield page
    page.close()


@pytest.fixture
def sweep(tmp_path, monkeypatch, database, put_network):
    """(the store's address, the page of the comparison, the id of the sweep's run) of a sweep with three networks."""
    monkeypatch.chdir(tmp_path)
    place = {"uri": "sqlite:///runs/mlflow.db", "artifacts": "runs/artifacts"}
    store = MlflowStore(**place, experiment="tried", retry_seconds=30)
    store.prepare(BUILT_IN)
    network = put_network(tmp_path / "kept")
    data = DataDescription("made", "0123456789abcdef", ((5, 4, 1), (5, 3)), ((4, 4, 1), (4, 3)))
    for name, value in RMSE.items():
        logger = store.logger()
        logger.start(Opening(f"run {name}", {"role": "trial", "sweep": "x", "variant": name}, {}, data))
        # Of an epoch that was not kept: the page shows the network's own value.
        logger.metrics([("curve/val_rmse", 9.0, 1), ("curve/val_rmse", 8.0, 2)])
        logger.network(network)
        logger.metrics([("test_rmse", value, 0), ("val_rmse", value + 0.5, 0)])
        logger.close("FINISHED", {})
    own = store.logger()
    own.start(Opening("sweep x", {"role": "sweep", "sweep": "x"}, {}))
    below = own.below()
    below.start(Opening("variant a", {"role": "variant", "sweep": "x", "variant": "a"}, {}))
    below.metrics([("test_rmse", 3.25, 0), ("test_rmse_std", 0.125, 0)])
    below.close("FINISHED", {})
    run_id = own.close("FINISHED", {})
    report = tmp_path / "report"
    report.mkdir()
    (report / "index.html").write_text("<!doctype html><title>R</title><h1>The report itself</h1>")
    store.attach(run_id, report)
    return run_id


@pytest.fixture
def served(sweep, start_process, tmp_path):
    command = [sys.executable, "-m", "harness.ui", "--port", "0", *PLACE]
    process = start_process(command, cwd=tmp_path, env={**os.environ, "COLUMNS": ""})
    return process.stdout.readline().strip().partition("is at: ")[2]


def test_what_a_user_looks_for_is_there(served, sweep, page):
    # The charts of this sweep's trials alone, without a click.
    page.goto(served)
    page.wait_for_selector(".js-plotly-plot", timeout=60000)
    page.get_by_text("3 matching runs").wait_for()
    assert page.get_by_text("No charts in this view").count() == 0

    # Networks, each with the metrics of its kept epoch, below the test data.
    base = served.partition("#")[0]
    experiment = served.partition("/experiments/")[2].partition("/")[0]
    page.goto(f"{base}#/experiments/{experiment}/models?workflowType=machine_learning")
    page.get_by_text("made_test (#0123456789ab)").first.wait_for(timeout=60000)
    cells = page.locator('.ag-center-cols-container .ag-cell[col-id*="test_rmse"]')
    cells.nth(2).wait_for()
    assert sorted(map(float, cells.all_inner_texts())) == sorted(RMSE.values())

    # The report opens in place.
    page.goto(f"{base}#/experiments/{experiment}/runs/{sweep}/artifacts/report/index.html")
    page.frame_locator("iframe").get_by_text("The report itself").wait_for(timeout=60000)

    # Mean and deviation over seeds.
    page.goto(served.replace("viewStateShareKey=sweep", "viewStateShareKey=spread"))
    page.reload()
    page.get_by_text("1 matching run").wait_for(timeout=60000)
    page.get_by_text("variant a").first.wait_for()
