from harness.metrics import BUILT_IN
from harness.tracking.logger import Opening
from harness.tracking.mlflow.logger import MlflowLogger
from harness.tracking.mlflow.run_store import MlflowStore


def _start(store, name: str) -> MlflowLogger:
    logger = MlflowStore(**store).logger()
    logger.start(Opening(name, {"fingerprint": name}, {}))
    return logger


def _statuses(client) -> dict[str, str]:
    return {run.info.run_name: run.info.status for run in client().search_runs(["1"])}


def test_closes_the_running_runs_of_the_dead_alone(store, client):
    for name in ("alive", "dead", "dead too"):
        _start(store, name)
    _start(store, "failed").close("FAILED", {})
    _start(store, "finished").close("FINISHED", {})
    closed = MlflowStore(**store).close_abandoned(
        lambda tags: tags["fingerprint"] == "alive", "KILLED", {"failure": "its process ended", "long": "z" * 9000}
    )
    assert closed == 2
    assert _statuses(client) == {
        "alive": "RUNNING",
        "dead": "KILLED",
        "dead too": "KILLED",
        "failed": "FAILED",
        "finished": "FINISHED",
    }
    (dead,) = client().search_runs(["1"], "tags.fingerprint = 'dead'")
    assert dead.data.tags["failure"] == "its process ended"
    assert dead.info.end_time >= dead.info.start_time
    assert MlflowStore(**store).close_abandoned(lambda tags: True, "KILLED", {}) == 0


def test_a_run_that_ended_after_it_was_listed_stays_as_it_ended(store, client):
    late = _start(store, "late")

    def ends_meanwhile(tags):
        late.close("FINISHED", {})
        return False

    assert MlflowStore(**store).close_abandoned(ends_meanwhile, "KILLED", {"failure": "dead"}) == 0
    (run,) = client().search_runs(["1"])
    assert run.info.status == "FINISHED"
    assert "failure" not in run.data.tags


def test_leaves_other_experiments_alone(store, client):
    MlflowStore(**{**store, "experiment": "another"}).logger().start(Opening("theirs", {}, {}))
    run_store = MlflowStore(**store)
    run_store.prepare(BUILT_IN)
    assert run_store.close_abandoned(lambda tags: False, "KILLED", {}) == 0
    assert _statuses(client) == {"theirs": "RUNNING"}


def test_networks_of_the_dead_are_removed(store, client, kept_network):
    ended, whole, half = (_start(store, name) for name in ("ended", "whole", "half"))
    for logger in (ended, whole):
        logger.network(kept_network)
    ended.close("FINISHED", {})
    client().create_logged_model("1", name="network", source_run_id=half.run_id)
    opened = MlflowStore(**store)
    assert opened.close_abandoned(lambda tags: False, "KILLED", {}) == 2
    (logged,) = client().search_logged_models(["1"])
    assert logged.source_run_id == ended.run_id
    assert [run.files.network() is None for run in opened.read([ended.run_id, whole.run_id, half.run_id])] == [
        False,
        True,
        True,
    ]
