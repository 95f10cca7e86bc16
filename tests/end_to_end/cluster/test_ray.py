"""A sweep on a Ray cluster of several processes, from the command line to the table and the store."""

import re
import signal

import pytest
from stored_runs import runs_in

pytestmark = pytest.mark.slow


@pytest.mark.usefixtures("database")
def test_a_worker_that_is_killed_costs_nothing(
    ray_cluster, kill_machine, start, wait_for, sweep, tmp_path, table_of, expected_table
):
    address = f"hydra.launcher.address={ray_cluster.address}"
    process = start(tmp_path, *sweep, "hydra/launcher=ray", address, **ray_cluster.environment)
    # Each machine has a trial by now, and imports TensorFlow for it.
    wait_for("runs/sweeps/*/signs/1", process)
    kill_machine(ray_cluster.workers[0])
    printed, _ = process.communicate(timeout=500)
    assert process.returncode == 3, printed
    assert "its machine or its process died; it begins again" in " ".join(printed.split())
    assert "Traceback" not in printed
    assert table_of(tmp_path) == expected_table

    found = runs_in(tmp_path)[1]
    trials = [run for run in found if run.data.tags["role"] == "trial"]
    assert sorted(run.info.status for run in trials) == ["FAILED"] * 6 + ["FINISHED"] * 6
    assert len({run.data.tags["fingerprint"] for run in trials if run.info.status == "FINISHED"}) == 6
    assert not list(tmp_path.glob("runs/trials/*"))


@pytest.mark.usefixtures("database")
def test_ctrl_c_ends_it_and_the_same_command_resumes(
    start, wait_for, session_of, sweep, tmp_path, table_of, expected_table
):
    process = start(tmp_path, *sweep, "hydra/launcher=ray", "hydra.launcher.cpus=1")
    wait_for("runs/sweeps/*/outcomes/1.json", process)
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=150)
    assert process.returncode == 130, printed
    assert "The same command resumes" in printed
    assert not session_of(process.pid)
    process = start(tmp_path, *sweep, "hydra/launcher=ray", "hydra.launcher.cpus=1")
    printed, _ = process.communicate(timeout=500)
    assert process.returncode == 3, printed
    assert re.search("[1-9] of 12 done before", printed)
    assert table_of(tmp_path) == expected_table


ROUNDS = ["loss=weighted_rmse,weighted_mse", "sweep.until=decided", "sweep.max_seeds=8", "report.margin=1e-6"]
SPACE = "search.space={train.batch_size: {type: choice, values: [16, 32]}}"
SEARCH = ["search=random", "search.max_trials=2", "search.repeats=2", SPACE]


@pytest.mark.parametrize("more", [ROUNDS, SEARCH], ids=["rounds", "a search"])
def test_is_that_of_one_machine(here, start, tiny, tmp_path, put_database, table_of, more):
    folders = [tmp_path / name for name in ("basic", "ray")]
    for folder in folders:
        folder.mkdir()
        put_database(folder)
    status, printed, errors = here(folders[0], "-m", *tiny, *more, "hydra/launcher=basic")
    assert status == 0, printed + errors
    process = start(folders[1], "-m", *tiny, *more, "hydra/launcher=ray")
    printed, _ = process.communicate(timeout=500)
    assert process.returncode == 0, printed
    assert table_of(folders[0]) == table_of(folders[1])
    kept = [
        sorted((run.data.tags["role"], run.info.status, run.info.run_name) for run in runs_in(f)[1]) for f in folders
    ]
    assert [name for name in kept[0] if name[0] != "sweep"] == [name for name in kept[1] if name[0] != "sweep"]


def test_an_address_where_nothing_answers_is_refused_before_anything_is_written(refused, tiny):
    message = refused("-m", *tiny, "hydra/launcher=ray", "hydra.launcher.address=127.0.0.1:1")
    assert "hydra.launcher.address: no Ray cluster answers at '127.0.0.1:1'" in message
    assert "ray start --head" in message


def test_what_this_machine_does_not_have_is_refused(refused, tiny):
    message = refused("-m", *tiny, "hydra/launcher=ray", "hydra.launcher.gpus=1000")
    assert "hydra.launcher.gpus: got 1000, and this machine has 0. Ask for less" in message
