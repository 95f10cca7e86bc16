"""The report after a sweep, and from the command line."""

import pytest
from mlflow import MlflowClient

pytestmark = pytest.mark.slow


@pytest.fixture
def report(here, swept):
    """The command `harness.report` where the sweep was, in this process."""

    def report(*words):
        status, told, error = here(swept[0], *words, module="harness.report.__main__")
        return status, " ".join(told.split()), error

    return report


@pytest.fixture(scope="module")
def swept(tmp_path_factory, tiny, here, put_database):
    """(folder, what was printed) of a sweep with two seeds and a report."""
    folder = tmp_path_factory.mktemp("swept")
    put_database(folder)
    words = ["-m", *tiny, "loss=weighted_mse,sample_weight", "weights=linear,uniform", "seed=0,1"]
    status, told, error = here(folder, *words, "report.after_sweep=true", "hydra/launcher=basic")
    assert status == 0, told + error
    return folder, " ".join(told.split())


def test_a_sweep_ends_with_its_report(swept):
    folder, told = swept
    (page,) = folder.glob("runs/sweeps/*/report/index.html")
    assert f"The report: {page.relative_to(folder)}" in told
    same = "weighted_mse linear and sample_weight linear are the same objective"
    assert f"{same}; trained, they ended less than 0.001 % apart" in told
    client = MlflowClient(f"sqlite:///{folder}/runs/mlflow.db")
    experiment = client.get_experiment_by_name("loss_variants")
    (sweep,) = client.search_runs([experiment.experiment_id], "tags.role = 'sweep'")
    kept = {file.path for file in client.list_artifacts(sweep.info.run_id, "report")}
    assert kept == {"report/index.html", "report/summary.txt", "report/tables", "report/pictures"}


def test_by_the_command_it_is_the_same(swept, report):
    folder, _ = swept
    (page,) = folder.glob("runs/sweeps/*/report/index.html")
    before = page.read_text()
    status, told, error = report()
    assert status == 0, error
    assert f"The report: {page.relative_to(folder)}" in told
    assert page.read_text() == before


def test_a_filter_over_any_runs(swept, report):
    folder, _ = swept
    asked = "report.filter=tags.loss = 'weighted_mse' and params.`train.epochs` = '2'"
    status, told, error = report(asked, "report.folder=elsewhere")
    assert status == 0, error
    assert "4 networks: 2 variants, 2 seeds" in told
    assert (folder / "elsewhere" / "tables" / "ranking.csv").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["2020-01-01_abc"], "there is no sweep '2020-01-01_abc'"),
        (["report.confidence=2"], "report.confidence: got 2"),
        (["report.metrics=test_rmse"], "Did you mean report.metric?"),
        (["report.metric=test_rsme"], "Did you mean report.metric=test_rmse?"),
    ],
)
def test_what_cannot_be_reported_is_told(report, words, told):
    status, _, error = report(*words)
    assert status == 1
    assert told in " ".join(error.split())
    assert "Traceback" not in error
