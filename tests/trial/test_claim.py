"""A trial that one process holds, in a real store: what is kept of it, whatever becomes of the block."""

import sqlite3
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from mlflow import MlflowClient

from harness.config.build import build, resolve
from harness.config.keys import GROUPS
from harness.config.overrides import CONF
from harness.processes.lock import is_held
from harness.tracking.logger import Opening
from harness.trial import record
from harness.trial.claim import claim
from harness.trial.inputs import read_inputs

SERIES = ["data=mackey_glass", "data.length=100", "data.lookback=5", "data.outputs=3", "data.season=5"]
POINTS = [("test_rmse", 0.5, 0), ("epochs", 2.0, 0)]
TAGS = {"seconds": "1.5"}


@pytest.fixture(scope="module")
def place(tmp_path_factory, put_database):
    folder = tmp_path_factory.mktemp("claims")
    put_database(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        parts, _ = trial(0)
        parts.tracking.store.prepare(parts.metrics)
        yield folder


def trial(seed, *overrides):
    """(parts, inputs); none of these trials is trained."""
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = compose("config", [*SERIES, f"seed={seed}", *overrides], return_hydra_config=True)
    parts = build(resolve(config), {group: config.hydra.runtime.choices[group] for group in GROUPS})
    return parts, read_inputs(parts.sources)


def claimed(held, *, resume=True, reuse=True):
    return claim(*held, {"model.units": "3"}, None, resume=resume, reuse=reuse)


def write(run):
    record.write(run.folder, POINTS, TAGS, lambda files: None, outcome={"baselines": {}})


def runs(held):
    client = MlflowClient("sqlite:///runs/mlflow.db")
    (experiment,) = client.search_experiments(filter_string="name = 'loss_variants'")
    asked = f"tags.fingerprint = '{held[1].fingerprint}'"
    return client.search_runs([experiment.experiment_id], asked, order_by=["start_time"])


def kept(held):
    with claimed(held) as run:
        write(run)
        return run.commit()


def failing(held, body):
    """The folder of a claim whose block does this and then raises."""
    with pytest.raises(ZeroDivisionError, match="on purpose"):
        _fail(held, body)
    return Path("runs/trials") / held[1].fingerprint


def _fail(held, body):
    with claimed(held) as run:
        body(run)
        raise ZeroDivisionError("on purpose")


def test_what_is_committed_is_in_the_store_and_its_folder_is_gone(place):
    held = trial(1)
    with claimed(held) as run:
        assert run.folder.resolve() == place / "runs" / "trials" / held[1].fingerprint
        assert (run.logger is None, run.finished, run.needs_record) == (False, None, True)
        assert is_held(run.folder / "lock")
        write(run)
        assert not run.needs_record
        outcome = run.commit()
    (found,) = runs(held)
    assert (found.info.status, found.data.metrics) == ("FINISHED", dict(point[:2] for point in POINTS))
    assert (outcome.status, outcome.run_id, outcome.metrics) == ("FINISHED", found.info.run_id, found.data.metrics)
    assert (outcome.seed, outcome.fold, outcome.labels) == (1, 0, {"model.units": "3"})
    assert (outcome.seconds, outcome.reason) == (1.5, "")
    assert not run.folder.exists()


def test_a_finished_run_stands_for_the_trial(place):
    held = trial(2)
    before = kept(held)
    with claimed(held) as run:
        assert not run.needs_record
        assert run.finished.run_id == before.run_id
        assert run.commit() == before
    assert len(runs(held)) == 1
    with claimed(held, reuse=False) as run:
        assert run.needs_record
        write(run)
        assert run.commit().run_id != before.run_id
    assert [found.info.status for found in runs(held)] == ["FINISHED"] * 2


def test_an_error_keeps_the_run_as_failed_and_goes_to_the_caller(place):
    held = trial(3)
    folder = failing(held, lambda run: None)
    (found,) = runs(held)
    assert found.info.status == "FAILED"
    assert found.data.tags["failure"] == "ZeroDivisionError: on purpose"
    assert not folder.exists()


def test_an_error_leaves_the_tuner_trials_of_a_search(place):
    def keep_one(run):
        place = run.folder / "tuner_trials" / "0000"
        place.mkdir(parents=True)
        record.write(
            run.folder / "tuner_trials" / "0000", POINTS, TAGS, lambda files: None, opening=Opening("", {}, {})
        )

    held = trial(4)
    assert record.is_written(failing(held, keep_one) / "tuner_trials" / "0000")
    with claimed(held, resume=False) as run:
        assert sorted(left.name for left in run.folder.iterdir()) == ["lock"]
        write(run)
        run.commit()


def test_a_record_that_waits_is_delivered_without_training(place):
    held = trial(5)
    with sqlite3.connect("runs/mlflow.db", isolation_level=None) as other:
        out_of_reach = trial(5, "tracking.retry_seconds=0")
        other.execute("BEGIN EXCLUSIVE")
        with claimed(out_of_reach) as run:
            assert run.logger is None
            write(run)
            outcome = run.commit()
        other.execute("ROLLBACK")
    assert (outcome.status, outcome.run_id) == ("FINISHED", None)
    assert outcome.reason.startswith(f"waits in {run.folder} to be delivered: ")
    assert runs(held) == []
    with claimed(held) as run:
        assert run.logger is not None
        assert not run.needs_record
        assert run.commit().reason == ""
    assert [found.info.status for found in runs(held)] == ["FINISHED"]


def test_several_are_held_at_once_and_one_that_fails_costs_no_other(place):
    one, two = sorted((trial(6), trial(7)), key=lambda held: held[1].fingerprint)
    with claimed(one) as first:

        def hold_both(second):
            assert is_held(first.folder / "lock")
            assert is_held(second.folder / "lock")

        failing(two, hold_both)
        write(first)
        first.commit()
    assert [found.info.status for held in (one, two) for found in runs(held)] == ["FINISHED", "FAILED"]


def test_a_block_that_forgets_to_commit_fails(place):
    held = trial(8)
    with pytest.raises(RuntimeError, match="never committed"), claimed(held):
        pass
    assert [found.info.status for found in runs(held)] == ["FAILED"]


def test_an_error_after_the_commit_leaves_what_is_kept(place):
    held = trial(9)
    failing(held, lambda run: (write(run), run.commit()))
    assert [found.info.status for found in runs(held)] == ["FINISHED"]
