"""Runs of a real store, as a notebook reads them."""

import inspect
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import yaml

import harness
from harness import runs
from harness.errors import InputError
from harness.metrics import BUILT_IN
from harness.run import Run
from harness.tracking.logger import Opening
from harness.tracking.mlflow.run_store import MlflowStore
from harness.tracking.runs import Runs, typed

SWEEP = "2026-01-02_03-04-05-000006_abcdef"
TRIALS = [("weighted_rmse", 8, 0), ("weighted_rmse", 16, 1), ("weighted_mse", 8, 0)]
TRUTH = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
WEIGHTS = np.array([0.5, 1.0, 1.5])


def _keep(store, folder, network, number, loss, units, seed, status="FINISHED"):
    """A trial whose every value follows from its number."""
    logger = store.logger()
    params = {"loss": loss, "model.units": units, "model.cell": "gru", "seed": seed, "data.path": None}
    logger.start(Opening(f"run {number}", {"role": "trial", "loss": loss, "seed": f"{seed}", "sweep": SWEEP}, params))
    if status == "FINISHED":
        points = [("test_weighted_rmse", 1.0 + number, 0), ("test_rmse", 2.0 + number, 0)]
        points += [("val_weighted_rmse", 3.0 - number, 0)]
        points += [("curve/val_weighted_rmse", 5.0, 2), ("curve/val_weighted_rmse", 6.0, 1)]
        logger.metrics(points + [("test_rmse_by_output", output / 2, output) for output in range(3)])
        files = folder / f"files_{number}"
        files.mkdir()
        config = {"loss": {"form": "batch"}, "model": {"units": units}, "train": {"epochs": 7}, "seed": seed}
        (files / "config.yaml").write_text(yaml.safe_dump(config))
        (files / "outcome.json").write_text('{"baselines": {"mean": {"test_rmse": 9.0}}}')
        np.save(files / "weights.npy", WEIGHTS)
        arrays = {"forecast": TRUTH + number, "truth": TRUTH, "evaluation_weights": WEIGHTS}
        np.savez(files / "test.npz", **{name: array.astype("float32") for name, array in arrays.items()})
        logger.files(files)
        logger.network(network)
    return logger.close(status, {})


@pytest.fixture
def store(store, tmp_path, kept_network):
    """Three FINISHED trials and a FAILED one, the folder `runs` beside a notebook."""
    opened = MlflowStore(**store)
    opened.prepare(BUILT_IN)
    for number, trial in enumerate(TRIALS):
        _keep(opened, tmp_path, kept_network, number, *trial)
    _keep(opened, tmp_path, kept_network, 3, "weighted_mse", 16, 1, status="FAILED")
    return opened


def test_one_row_a_trial(store):
    frame = runs("runs/mlflow.db").frame()
    assert list(frame.columns[:4]) == ["run_id", "status", "seed", "loss"]
    assert frame["status"].tolist() == ["FAILED", *["FINISHED"] * 3], "the newest first"
    done = frame[frame["status"] == "FINISHED"].sort_values("test_rmse")
    assert done["loss"].tolist() == [loss for loss, _, _ in TRIALS]
    assert done["model.units"].tolist() == [8, 16, 8]
    assert done["seed"].tolist() == [0, 1, 0]
    assert done["test_weighted_rmse"].tolist() == [1.0, 2.0, 3.0]
    assert done["data.path"].tolist() == [None] * 3
    assert not [name for name in frame.columns if "/" in name or "by_output" in name]
    assert np.isnan(frame["test_rmse"][0])


def test_a_run_gives_all_that_is_kept_of_it(store):
    (run,) = runs("sqlite:///runs/mlflow.db", experiment="tried").filter({"model.units": 16}, status="FINISHED")
    assert run.config["train"]["epochs"] == 7
    assert run.metrics["test_rmse"] == 3.0
    assert run.curve("val_weighted_rmse").tolist() == [6.0, 5.0], "in order of epochs"
    assert run.curve("own_loss").tolist() == []
    assert run.by_output.tolist() == [0.0, 0.5, 1.0]
    assert run.weights.tolist() == WEIGHTS.tolist()
    assert run.outcome["baselines"] == {"mean": {"test_rmse": 9.0}}
    forecast, truth, weights = run.forecasts()
    assert forecast.dtype == truth.dtype == weights.dtype == np.float64
    np.testing.assert_array_equal(truth, TRUTH)
    np.testing.assert_array_equal(forecast, TRUTH + 1)
    np.testing.assert_array_equal(weights, [WEIGHTS, WEIGHTS])
    x = np.arange(24.0).reshape(2, 6, 2)
    expected = x.mean(axis=1) @ [[1.0, 2.0, 3.0], [0.5, 0.0, -1.0]]
    np.testing.assert_allclose(run.network().predict(x, verbose=0), expected, rtol=1e-6)


def test_what_a_failed_run_has_not_kept_is_missed_by_name(store):
    (failed,) = runs("runs/mlflow.db").filter(status="FAILED")
    with pytest.raises(FileNotFoundError, match=r"no forecasts \(status: FAILED\)"):
        failed.forecasts()
    with pytest.raises(FileNotFoundError, match=r"no network \(status: FAILED\)"):
        failed.network()


def test_filters(store):
    trials = runs("runs/mlflow.db")
    assert len(trials) == 4
    assert len(trials.filter(loss="weighted_rmse")) == 2
    assert len(trials.filter({"model.units": [8, 32]})) == 2
    assert len(trials.filter({"train.epochs": 7})) == 3, "a key of the config alone"
    assert len(trials.filter({"loss.form": "batch"}, lambda run: run.metrics["test_rmse"] > 2.5, seed=1)) == 1
    assert len(trials.filter({"data.path": None})) == 4
    assert len(trials.filter(loss="none such")) == 0
    assert isinstance(trials[1:3], Runs)
    assert len(trials[1:3]) == 2
    assert isinstance(trials[0], Run)
    assert repr(trials) == "<4 runs>"


def test_a_key_that_no_run_has_is_refused_with_the_nearest(store):
    trials = runs("runs/mlflow.db")
    for ask in (lambda: trials.filter({"model.unit": 8}), lambda: trials.group("model.unit")):
        with pytest.raises(InputError, match=r"model\.units"):
            ask()


def test_groups(store):
    trials = runs("runs/mlflow.db").filter(status="FINISHED")
    by_units = trials.group("model.units")
    assert {units: len(group) for units, group in by_units.items()} == {8: 2, 16: 1}
    both = trials.group("loss", "model.units")
    assert {key: len(group) for key, group in both.items()} == {
        ("weighted_mse", 8): 1,
        ("weighted_rmse", 16): 1,
        ("weighted_rmse", 8): 1,
    }


def test_the_trials_of_a_sweep_are_those_of_its_table(store, tmp_path):
    """Also those that another sweep has trained, and not those that no longer belong to it."""
    chosen = store.find({"loss": "weighted_rmse"})
    folder = tmp_path / "table"
    folder.mkdir()
    rows = ", ".join(f'{{"run_id": "{run_id}", "status": "FINISHED"}}' for run_id in chosen)
    (folder / "outcomes.json").write_text(f'[{rows}, {{"run_id": null, "status": "FAILED"}}]')
    logger = store.logger()
    logger.start(Opening("a sweep", {"role": "sweep", "sweep": "ended"}, {}))
    logger.files(folder)
    logger.close("FINISHED", {})
    begun = store.logger()
    begun.start(Opening("a sweep", {"role": "sweep", "sweep": SWEEP}, {}))
    assert [run.run_id for run in runs("runs/mlflow.db", sweep="ended")] == chosen
    assert len(runs("runs/mlflow.db", sweep=SWEEP)) == 4, "it runs yet: what is there by now"
    assert len(runs("runs/mlflow.db", sweep=["ended", SWEEP])) == 4
    with pytest.raises(InputError, match=r"no sweep 'endet'\. Did you mean ended\?"):
        runs("runs/mlflow.db", sweep="endet")


def test_stores_that_are_none(fresh_store, tmp_path):
    with pytest.raises(InputError, match="there is no database"):
        runs("runs/mlflow.db")
    assert list(tmp_path.iterdir()) == [], "to look writes nothing"
    (tmp_path / "notes.db").write_text("notes\n" * 100)
    with pytest.raises(InputError, match="no database of MLflow"):
        runs("notes.db")


def test_of_several_experiments_one_is_asked_for(store, request):
    settings = {"uri": "sqlite:///runs/mlflow.db", "artifacts": "runs/artifacts", "retry_seconds": 30}
    MlflowStore(**settings, experiment="another").prepare(BUILT_IN)
    with pytest.raises(InputError, match="holds 2 experiments: another, tried"):
        runs("runs/mlflow.db")
    assert len(runs("runs/mlflow.db", experiment="tried")) == 4
    assert len(runs("runs/mlflow.db", experiment="another")) == 0
    assert runs("runs/mlflow.db", experiment="another").frame().empty
    with pytest.raises(InputError, match="experiment"):
        runs("runs/mlflow.db", experiment="tired")


def test_the_example_of_the_docstring_runs(store):
    lines = inspect.getdoc(harness.runs).splitlines()
    first = next(i for i, line in enumerate(lines) if "from harness import runs" in line)
    last = lines.index("Args:")
    names: dict = {}
    exec(textwrap.dedent("\n".join(lines[first:last])), names)
    assert len(names["frame"]) == 3
    assert names["table"].loc["weighted_rmse", "mean"] == 1.5
    assert names["best"].metrics["val_weighted_rmse"] == 1.0
    assert names["epochs"] == 7
    assert names["forecast"].shape == names["evaluation_weights"].shape == (2, 3)
    assert names["network"].output_shape == (None, 3)


def test_importing_the_package_is_light():
    code = "import sys, harness; print([m for m in ('mlflow', 'pandas', 'numpy', 'keras') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("text", "value"),
    [("None", None), ("True", True), ("8", 8), ("0.003", 0.003), ("1e-3", 1e-3), ("gru", "gru"), ("1_000", "1_000")],
)
def test_a_text_of_the_store_as_the_value_that_was_written(text, value):
    assert typed(text) == value
    assert type(typed(text)) is type(value)
