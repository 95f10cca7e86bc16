"""A search, from the command line to the store."""

import json
import random
import time
from pathlib import Path

import numpy as np
import pytest
from stored_runs import runs_in

from harness.trial.points import MEASURED

UNITS = "search.space={model.units: {type: int, low: 1, high: 4}}"
PANEL = {f"{split}_{name}" for split in ("val", "test") for name in ("rmse", "mae", "weighted_rmse", "root_over_sum")}
PARENT = "mlflow.parentRunId"


@pytest.fixture(scope="module")
def tiny_but_units(tiny):
    return [override for override in tiny if not override.startswith("model.units=")]


@pytest.fixture
def ended(start):
    """What the command prints until it ends well."""

    def ended(folder, *arguments):
        process = start(folder, *arguments)
        told, _ = process.communicate()
        assert process.returncode == 0, told
        return told

    return ended


def outcome(run):
    return json.loads(Path(run.info.artifact_uri.removeprefix("file://"), "outcome.json").read_text())


def by_role(folder):
    found = {}
    for run in runs_in(folder)[1]:
        found.setdefault(run.data.tags["role"], []).append(run)
    return found


def trained(folder):
    roles = ("trial", "search_trial", "repeat")
    return {run.info.run_id: run.info.status for role in roles for run in runs_in(folder, role)[1]}


@pytest.fixture(scope="module")
def done(tmp_path_factory, tiny_but_units, here, put_database):
    """A random search of three tuner trials and two repeats: (folder, output, runs by role)."""
    folder = tmp_path_factory.mktemp("search")
    put_database(folder)
    words = [*tiny_but_units, "search=random", "search.max_trials=3", "search.repeats=2", UNITS]
    status, told, error = here(folder, *words)
    assert status == 0, told + error
    return folder, told, by_role(folder)


@pytest.mark.slow
def test_one_trial_with_its_tuner_trials_and_repeats_nested_below_it(done):
    _, _, found = done
    assert {role: len(runs) for role, runs in found.items()} == {"trial": 1, "search_trial": 3, "repeat": 2}
    (trial,) = found["trial"]
    assert PARENT not in trial.data.tags
    for run in (*found["search_trial"], *found["repeat"]):
        assert run.data.tags[PARENT] == trial.info.run_id
    assert {run.info.status for runs in found.values() for run in runs} == {"FINISHED"}
    assert len({run.data.tags["nested"] for run in (*found["search_trial"], *found["repeat"])}) == 5


def test_hyperparameters_are_params_of_their_tuner_trials(done):
    folder, _, found = done
    client, _ = runs_in(folder)
    units = [int(run.data.params["model.units"]) for run in found["search_trial"]]
    assert len(set(units)) == 3
    assert set(units) <= {1, 2, 3, 4}
    for run in found["search_trial"]:
        assert {"val_rmse", "val_mae", "val_weighted_rmse"} <= run.data.metrics.keys()
        assert not [name for name in run.data.metrics if name.startswith("test_")]
        points = client.get_metric_history(run.info.run_id, "curve/val_weighted_rmse")
        assert [point.step for point in points] == [1, 2]
        assert min(point.value for point in points) == run.data.metrics["val_weighted_rmse"]
        # Two recurrent weights matrices and biases of a GRU with one feature, and a dense layer of 7 outputs.
        n = int(run.data.params["model.units"])
        assert int(run.data.tags["parameters"]) == 3 * n * (1 + n + 2) + 7 * (n + 1)


def test_the_result_is_the_mean_of_the_repeats_of_the_best(done):
    _, _, found = done
    (trial,) = found["trial"]
    best = min(found["search_trial"], key=lambda run: run.data.metrics["val_weighted_rmse"])
    assert outcome(trial)["best"] == {"model.units": int(best.data.params["model.units"])}
    assert {run.data.params["model.units"] for run in found["repeat"]} == {best.data.params["model.units"]}
    assert {run.data.params["seed"] for run in found["repeat"]} == {"1000", "1001"}
    kept = outcome(trial)["repeats"]
    for name in PANEL | {"skill"}:
        values = {run.data.tags["seed"]: run.data.metrics[name] for run in found["repeat"]}
        assert trial.data.metrics[name] == pytest.approx(np.mean(list(values.values())), rel=1e-12)
        assert {seed: metrics[name] for seed, metrics in kept.items()} == values
    assert len({run.data.metrics["test_rmse"] for run in found["repeat"]}) == 2


def test_the_oracle_is_timed_apart_from_training(done):
    _, _, found = done
    (trial,) = found["trial"]
    trained = sum(run.data.metrics["train_seconds"] for run in found["search_trial"])
    asked = sum(float(run.data.tags["oracle_seconds"]) for run in found["search_trial"])
    assert trial.data.metrics["search/train_seconds"] == pytest.approx(trained)
    assert trial.data.metrics["search/oracle_seconds"] == pytest.approx(asked, abs=1e-3)
    assert 0 < asked < trained
    assert trial.data.metrics["search/tuner_trials"] == 3


def test_the_terminal_tells_the_note_and_its_figures(done):
    _, told, found = done
    (trial,) = found["trial"]
    said = " ".join(told.split())
    assert f"Search: {trial.data.tags['note']}" in said
    best = outcome(trial)["best"]["model.units"]
    assert f"best of 3 tuner trials: model.units={best}" in said
    assert ("edge of its range" in said) == (best in (1, 4))
    assert "mean of 2 seeds" in said


def test_artifacts_of_the_search(done):
    folder, _, found = done
    client, _ = runs_in(folder)
    kept = Path(client.download_artifacts(found["trial"][0].info.run_id, ""))
    best = outcome(found["trial"][0])["best"]["model.units"]
    assert (kept / "search" / "best.txt").read_text() == f"model.units={best}\n"
    assert len((kept / "search" / "tuner_trials.csv").read_text().splitlines()) == 4
    assert len(list((kept / "search" / "networks").glob("*.keras"))) == 3
    assert (kept / "search.png").stat().st_size > 5000
    assert not list(folder.glob("runs/trials/*"))


@pytest.mark.slow
def test_a_sweep_of_searches_started_again_trains_nothing(ended, tiny_but_units, tmp_path):
    sweep = ["-m", *tiny_but_units, "loss=weighted_rmse,weighted_mse", UNITS]
    sweep += ["search=random", "search.max_trials=2", "search.repeats=1"]
    ended(tmp_path, *sweep)
    before = trained(tmp_path)
    assert sorted(before.values()) == ["FINISHED"] * (2 + 4 + 2)
    units = [run.data.params["model.units"] for run in by_role(tmp_path)["search_trial"]]
    assert len(set(units)) == 2, "the same values under each loss variant: the scores of two random ones decide nothing"
    told = ended(tmp_path, *sweep)
    assert "2 of 2 done before, nothing to go" in told
    assert trained(tmp_path) == before


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        (["search=bayesain"], ["search: there is no 'bayesain'. Did you mean search=bayesian?", "hyperband"]),
        (["search=none", "search.max_trials=3"], ["search.max_trials"]),
        (["search=random", "search.space={}"], ["search.space: it is empty"]),
        (
            ["search=random", "search.space={model.units: {type: int, low: 9, high: 3}}"],
            ["search.space.model.units: low is 9, above high, 3"],
        ),
        (
            ["search=bayesian", "search.space={model.unitz: {type: int, low: 1, high: 3}}"],
            ["search.space.model.unitz: the config has no such key. Did you mean model.units?"],
        ),
        (
            ["search=grid", "search.space={model.units: {type: itn, low: 1, high: 3}}"],
            ["search.space.model.units.type: got 'itn'", "int, float, choice"],
        ),
        (
            ["search=hyperband", "search.space={model.cell: {type: choice, values: [gru, grru]}}"],
            ["search.space.model.cell: 'grru' is refused", "Did you mean model.cell=gru?"],
        ),
        (["search=random", "search.max_trials=0"], ["search.max_trials: got 0. Write a whole number from 1 to 100000"]),
        (["search=hyperband", "search.factor=1"], ["search.factor: got 1"]),
        (["search=random", "search.objective=test_rmse"], ["search.objective: got 'test_rmse'", "val_rmse"]),
        (["search=random", "search.trials=3"], ["search.trials", "max_trials"]),
        (["search=random", "model.units=3", UNITS], ["model.units: it is searched, and set to 3 as well"]),
        (
            ["search=random", "search.space={model.units: {type: int, low: 1, high: 4, when: {model.layers: 2}}}"],
            ["search.space.model.units.when: 'model.layers' is not searched"],
        ),
    ],
    ids=lambda value: " ".join(value) if all("=" in part for part in value) else "",
)
def test_refused(refused, tiny_but_units, overrides, told):
    message = refused(*tiny_but_units, *overrides)
    for words in told:
        assert words in message


def processes_of(folder):
    """Every process that works in this folder."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if place.joinpath("cwd").resolve() == folder.resolve() and place.joinpath("cmdline").read_bytes():
                found.append(int(place.name))
        except OSError:
            continue
    return found


def nested(folder):
    """By kind and number what must not hang on kills; no run is there twice."""
    found = {}
    for role, group in by_role(folder).items():
        for run in group:
            if role in ("search_trial", "repeat"):
                key = run.data.tags["nested"]
                assert key not in found, "no tuner trial is kept twice"
                metrics = {name: value for name, value in run.data.metrics.items() if name not in MEASURED}
                found[key] = (run.info.status, run.data.params["model.units"], run.data.params["model.cell"], metrics)
    return found


def repeats(trial):
    kept = outcome(trial)["repeats"]
    return {
        seed: {name: value for name, value in metrics.items() if name not in MEASURED} for seed, metrics in kept.items()
    }


@pytest.mark.slow
def test_killed_at_any_moment_it_ends_as_one_that_was_never_disturbed(start, ended, tiny_but_units, tmp_path_factory):
    quiet, stormy = tmp_path_factory.mktemp("quiet"), tmp_path_factory.mktemp("stormy")
    space = "{model.units: {type: int, low: 1, high: 9}, model.cell: {type: choice, values: [gru, lstm, simple_rnn]}}"
    arguments = [*tiny_but_units, f"search.space={space}", "train.epochs=3", "search=bayesian", "search.repeats=2"]
    arguments += ["search.max_trials=6", "search.initial_points=3"]
    ended(quiet, *arguments)

    chance = random.Random(0)
    for wanted in (1, 2, 4, 5, 6):
        # Once so many are begun and another one too, at any moment of that one or of the next.
        process = start(stormy, *arguments)
        deadline = time.monotonic() + 90
        while len(list(stormy.glob("runs/trials/*/*/[0-9]*/"))) <= wanted and process.poll() is None:
            assert time.monotonic() < deadline, "nothing is trained"
            time.sleep(0.02)
        time.sleep(chance.uniform(0, 2))
        assert process.poll() is None, process.communicate()[0]
        process.kill()
        process.communicate()
        deadline = time.monotonic() + 10
        while processes_of(stormy):
            assert time.monotonic() < deadline, "a process is left behind"
            time.sleep(0.1)
    ended(stormy, *arguments)
    assert processes_of(stormy) == []

    assert nested(stormy) == nested(quiet)
    assert len(nested(quiet)) == 8
    (trial,) = [run for run in by_role(stormy)["trial"] if run.info.status == "FINISHED"]
    (other,) = by_role(quiet)["trial"]
    assert {run.info.status for run in by_role(stormy)["trial"]} == {"FINISHED", "KILLED"}
    assert trial.data.tags["fingerprint"] == other.data.tags["fingerprint"]
    assert outcome(trial)["best"] == outcome(other)["best"]
    assert repeats(trial) == repeats(other)
    below = [run.data.tags[PARENT] for role in ("search_trial", "repeat") for run in by_role(stormy)[role]]
    assert set(below) == {trial.info.run_id}
    assert not list(stormy.glob("runs/trials/*"))
