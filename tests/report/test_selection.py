import json

import pytest
from report_settings import SETTINGS, asked
from simulated_store import SWEEP, Simulated, simulate

from harness.config.schema import check_arguments
from harness.errors import InputError
from harness.report.after import report
from harness.report.selection import select
from harness.report.settings import Settings
from harness.tracking.mlflow.run_store import MlflowStore

VARIANTS = [
    Simulated({"loss": "weighted_rmse"}, seeds=(0, 1)),
    Simulated({"loss": "weighted_mse"}, seeds=(0,), failed=(1,)),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory, put_database):
    folder = tmp_path_factory.mktemp("store")
    put_database(folder)
    return simulate(folder, VARIANTS)


@pytest.mark.parametrize("sweeps", [[], [SWEEP]])
def test_a_sweep_with_its_failures(store, sweeps):
    found = select(store, asked(sweeps=sweeps))
    assert found.name == SWEEP
    assert sorted((run.tags["loss"], run.tags["seed"]) for run in found.runs) == [
        ("weighted_mse", "0"),
        ("weighted_rmse", "0"),
        ("weighted_rmse", "1"),
    ]
    assert found.failed == [("loss=weighted_mse", "1", "diverged in epoch 2")]
    assert [run.tags["role"] for run in found.sweeps] == ["sweep"]


@pytest.mark.usefixtures("database")
def test_a_sweep_that_has_not_ended_is_what_is_there_by_now(tmp_path):
    found = select(simulate(tmp_path, VARIANTS, ended=False), asked())
    assert len([run for run in found.runs if run.status == "FINISHED"]) == 3
    assert [(seed, reason) for _, seed, reason in found.failed] == [("1", "diverged in epoch 2")]


def test_a_filter_takes_trials_of_any_sweep(store):
    found = select(store, asked(filter="tags.loss = 'weighted_rmse' and params.seed = '1'"))
    assert [(run.tags["loss"], run.tags["seed"]) for run in found.runs] == [("weighted_rmse", "1")]
    assert found.sweeps == ()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"sweeps": [SWEEP[:-1]]}, ["there is no sweep", f"Did you mean {SWEEP}?"]),
        ({"filter": "tags.loss = 'none_such'"}, ["selects 0 runs"]),
        ({"filter": "loss = = 3"}, ["is refused", "MLflow's search box"]),
    ],
)
def test_what_is_not_there(store, more, told):
    with pytest.raises(InputError) as error:
        select(store, asked(**more))
    for words in told:
        assert words in str(error.value)


def test_a_store_that_is_not_there(tmp_path):
    place = {"uri": f"sqlite:///{tmp_path}/none.db", "artifacts": str(tmp_path)}
    with pytest.raises(InputError, match="there is no experiment"):
        select(MlflowStore(**place, experiment="x", retry_seconds=1), asked())
    assert not list(tmp_path.iterdir()), "to look writes nothing"


@pytest.mark.parametrize(
    "more",
    [
        {"sweeps": ["a"], "filter": "tags.loss = 'b'"},
    ],
)
def test_settings_that_nothing_can_be_reported_with(more):
    with pytest.raises(InputError, match=r"report\."):
        asked(**more)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"resamples": 10}, "report.resamples: got 10. Write a whole number from 100 to 1000000"),
        ({"confidence": 1.0}, "report.confidence: got 1.0. Write a number above 0 and below 1"),
        ({"power": 0}, "report.power: got 0. Write a number above 0 and below 1"),
        (
            {"effects": [0.01, 2]},
            "report.effects: got 2 in a list. Write a list of at most 20 numbers above 0 and below 1",
        ),
    ],
)
def test_settings_out_of_range(more, told):
    with pytest.raises(InputError) as caught:
        check_arguments("report", Settings, {**SETTINGS, **more})
    assert str(caught.value) == told


def test_trials_that_wait_to_be_kept_are_counted(tmp_path):
    store = simulate(tmp_path, VARIANTS)
    (sweep,) = select(store, asked()).sweeps
    file = sweep.files.path("outcomes.json")
    outcomes = json.loads(file.read_text())
    waits = {**outcomes[0], "run_id": "", "reason": "waits in runs/trials/x: database is locked"}
    file.write_text(json.dumps([*outcomes, waits, waits]))
    assert select(store, asked()).waiting == 2
    text = " ".join(report(store, asked(), tmp_path / "sweeps").split())
    assert "2 more are trained and wait to be kept: the sweep's command keeps them." in text
