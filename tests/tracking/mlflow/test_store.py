import json
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.errors import InputError, TrackingError
from harness.metrics import BUILT_IN
from harness.tracking.mlflow.run_store import MlflowStore


@pytest.mark.parametrize("uri", ["runs/mlflow.db", "sqlite:///", "sqlite:///:memory:", "file:///runs", "ftp://host", 3])
def test_a_uri_that_names_no_file_is_refused(store, uri):
    with pytest.raises(InputError) as refused:
        MlflowStore(**{**store, "uri": uri})
    assert refused.value.key == "tracking.uri"
    assert repr(uri) in refused.value.found
    assert "sqlite:///runs/mlflow.db" in refused.value.instead


def _refused(store, key: str) -> InputError:
    with pytest.raises(InputError) as refused:
        MlflowStore(**store).prepare(BUILT_IN)
    assert refused.value.key == key
    return refused.value


def test_a_file_that_is_no_database_is_refused_and_left_alone(fresh_store):
    Path("runs").mkdir()
    Path("runs/mlflow.db").write_text("notes\n" * 1000)
    error = _refused(fresh_store, "tracking.uri")
    assert "file is not a database" in error.found
    assert "mlflow.db" in error.found
    assert "another tracking.uri" in error.instead
    assert Path("runs/mlflow.db").read_text() == "notes\n" * 1000


@pytest.mark.parametrize("uri", ["postgresql://me:secret@host/db", "mysql+pymysql://me:se:cr/et@host:3306/db"])
def test_a_password_in_a_refused_uri_is_not_shown(store, uri):
    with pytest.raises(InputError) as refused:
        MlflowStore(**{**store, "uri": uri})
    assert "me:***@host" in str(refused.value)
    assert "et@" not in str(refused.value)


def test_a_path_that_sqlite_would_cut_is_refused(fresh_store, tmp_path, monkeypatch):
    (tmp_path / "why?").mkdir()
    monkeypatch.chdir(tmp_path / "why?")
    with pytest.raises(InputError, match=r"tracking\.uri: .*/why\?/runs/mlflow\.db holds a question mark"):
        MlflowStore(**fresh_store)
    assert [file.name for file in tmp_path.iterdir()] == ["why?"]


@pytest.mark.parametrize("tables", [["customers", "orders"], ["alembic_version", "users"]])
def test_a_database_of_another_program_is_refused_and_left_alone(fresh_store, tables):
    Path("runs").mkdir()
    with sqlite3.connect("runs/mlflow.db") as database:
        for table in tables:
            database.execute(f"CREATE TABLE {table} (name TEXT)")
    before = Path("runs/mlflow.db").read_bytes()
    error = _refused(fresh_store, "tracking.uri")
    assert f"of another program, with the tables {', '.join(tables)}" in error.found
    with pytest.raises(InputError, match="of another program"):
        MlflowStore(**fresh_store).finished(["a"])
    assert Path("runs/mlflow.db").read_bytes() == before


def test_a_database_half_created_is_refused(store):
    # What is left when several processes create one store at once without a lock.
    MlflowStore(**store).prepare(BUILT_IN)
    with sqlite3.connect("runs/mlflow.db") as database:
        database.execute("DROP TABLE datasets")
        database.execute("DELETE FROM alembic_version")
    Path("runs/half.db").write_bytes(Path("runs/mlflow.db").read_bytes())
    assert "cannot open" in _refused({**store, "uri": "sqlite:///runs/half.db"}, "tracking.uri").found


def test_a_database_of_another_mlflow_is_refused_with_the_way_to_open_it(store):
    MlflowStore(**store).prepare(BUILT_IN)
    with sqlite3.connect("runs/mlflow.db") as database:
        database.execute("UPDATE alembic_version SET version_num = 'ffffffffffff'")
    Path("runs/newer.db").write_bytes(Path("runs/mlflow.db").read_bytes())
    error = _refused({**store, "uri": "sqlite:///runs/newer.db"}, "tracking.uri")
    assert "ffffffffffff" in error.found
    assert (
        f"mlflow db upgrade sqlite:///{Path('runs/newer.db').absolute()}`; if a newer one, install that"
        in error.instead
    )


def test_a_folder_in_the_place_of_the_database_is_refused(fresh_store):
    Path("runs/mlflow.db").mkdir(parents=True)
    assert "unable to open database file" in _refused(fresh_store, "tracking.uri").found


def test_a_file_in_the_place_of_a_folder_is_refused(fresh_store):
    Path("runs").write_text("")
    assert "runs" in _refused(fresh_store, "tracking.artifacts").found
    Path("taken").write_text("")
    assert "taken" in _refused({**fresh_store, "artifacts": "a", "uri": "sqlite:///taken/m.db"}, "tracking.uri").found


def test_a_deleted_experiment_is_named_with_its_way_back(store, client):
    MlflowStore(**store).prepare(BUILT_IN)
    client().delete_experiment("1")
    error = _refused(store, "tracking.experiment")
    assert "'tried' is deleted" in error.found
    assert "restore --experiment-id 1" in error.instead


def test_an_experiment_does_not_move_its_artifacts(store):
    MlflowStore(**store).prepare(BUILT_IN)
    error = _refused({**store, "artifacts": "other"}, "tracking.artifacts")
    assert Path("runs/artifacts").absolute().as_uri() in error.found
    assert Path("other").absolute().as_uri() in error.found
    assert "another tracking.experiment" in error.instead


def test_the_experiment_tells_where_to_look(store, client):
    MlflowStore(**store).prepare(BUILT_IN)
    tags = client().get_experiment_by_name("tried").tags
    assert tags["mlflow.experimentKind"] == "custom_model_development"
    for word in ("test_weighted_rmse", "test_rmse_by_output", "role=sweep", "variant"):
        assert word in tags["mlflow.note.content"]


def test_a_description_changed_by_the_user_stays(store, client):
    MlflowStore(**store).prepare(BUILT_IN)
    client().set_experiment_tag("1", "mlflow.note.content", "mine")
    MlflowStore(**store).prepare(BUILT_IN)
    assert client().get_experiment("1").tags["mlflow.note.content"] == "mine"


def test_two_experiments_share_a_store(store, client):
    MlflowStore(**store).prepare(BUILT_IN)
    MlflowStore(**{**store, "experiment": "second"}).prepare(BUILT_IN)
    assert {found.name for found in client().search_experiments()} == {"Default", "tried", "second"}


PREPARE = """
import json, sys
from harness.metrics import BUILT_IN
from harness.tracking.mlflow.run_store import MlflowStore
MlflowStore(**json.loads(sys.argv[1])).prepare(BUILT_IN)
"""


def test_a_process_killed_while_it_creates_the_database_leaves_none_that_is_half_made(fresh_store, client):
    with subprocess.Popen([sys.executable, "-c", PREPARE, json.dumps(fresh_store)]) as process:
        while not (Path("runs/mlflow.db.new").exists() and Path("runs/mlflow.db.new").stat().st_size > 100_000):
            assert process.poll() is None
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
    assert not Path("runs/mlflow.db").exists()
    MlflowStore(**fresh_store).prepare(BUILT_IN)
    assert client().get_experiment_by_name("tried").lifecycle_stage == "active"
    assert sorted(file.name for file in Path("runs").iterdir()) == ["artifacts", "mlflow.db", "mlflow.db.lock"]


def test_an_empty_file_in_the_place_of_the_database_is_taken_for_none(fresh_store):
    Path("runs").mkdir()
    Path("runs/mlflow.db").touch()
    run_store = MlflowStore(**fresh_store)
    assert run_store.finished(["x"]) == {}
    run_store.prepare(BUILT_IN)
    assert Path("runs/mlflow.db").stat().st_size > 100_000


def test_a_store_held_for_a_while_is_opened_after_it(store, held):
    with held("runs/mlflow.db", "BEGIN EXCLUSIVE", 3):
        MlflowStore(**store).prepare(BUILT_IN)


def test_a_store_that_stays_held_is_no_matter_of_the_config(store, held):
    run_store = MlflowStore(**{**store, "retry_seconds": 0})
    with (
        held("runs/mlflow.db", "BEGIN EXCLUSIVE", 60),
        pytest.raises(TrackingError, match=r"cannot open .*mlflow\.db: gave up after 1 try .* database is locked"),
    ):
        run_store.prepare(BUILT_IN)
