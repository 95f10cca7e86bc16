"""Jobs in real processes: which, how many, and what comes back."""

import multiprocessing
import os
import signal
import sys
import time
from pathlib import Path
from threading import Thread

import cloudpickle
import pytest
from pool_runs import run

from harness.processes.pool import Died, Pool

# The processes need not be able to import this file.
cloudpickle.register_pickle_by_value(sys.modules[__name__])


def test_results_come_in_order_each_job_in_another_process():
    results, deaths = run(lambda job: (job * 10, os.getpid()), [3, 1, 2, 0])
    assert [value for value, _ in results] == [30, 10, 20, 0]
    pids = {pid for _, pid in results}
    assert 1 <= len(pids) <= 2
    assert os.getpid() not in pids
    assert deaths == []


def test_not_more_processes_than_jobs(tmp_path):
    def prepare():
        (tmp_path / str(os.getpid())).touch()
        return lambda job: None

    with Pool(prepare, workers=8, jobs_per_worker=9) as pool:
        pool.run([1, 2], on_death=print)
    assert len(list(tmp_path.iterdir())) <= 2


def test_no_jobs():
    assert run(lambda job: job, []) == ([], [])


def test_a_process_is_renewed():
    results, deaths = run(lambda job: os.getpid(), range(7), workers=1, jobs_per_worker=3)
    assert results[0] == results[1] == results[2]
    assert results[3] == results[4] == results[5]
    assert len(set(results)) == 3
    assert deaths == []


def test_a_process_whose_memory_has_doubled_is_renewed():
    """Twice what the first job left it with, however much its parent has held."""
    of_the_parent = b"x" * (1 << 30)
    held = []

    def job(megabytes):
        held.append(b"x" * (megabytes << 20))
        return os.getpid()

    results, deaths = run(job, [300, 5, 5, 500, 5, 5], workers=1)
    assert results[0] == results[1] == results[2] == results[3]
    assert results[4] == results[5] != results[3]
    assert deaths == []
    assert of_the_parent


def test_one_that_will_not_leave_is_renewed_all_the_same(monkeypatch):
    monkeypatch.setattr("harness.processes.worker.SECONDS_TO_LEAVE", 0.5)

    def job(number):
        Thread(target=time.sleep, args=(30,)).start()
        return number

    began = time.monotonic()
    assert run(job, [0, 1], workers=1, jobs_per_worker=1) == ([0, 1], [])
    assert time.monotonic() - began < 10


def test_a_result_that_cannot_be_read_fails_its_job_alone():
    class Unreadable:
        def __reduce__(self):
            return (int, ("none",))

    results, deaths = run(lambda job: Unreadable() if job == 1 else job, [0, 1, 2], workers=1)
    assert [results[0], results[2]] == [0, 2]
    assert results[1].text.startswith("what it returned cannot be read: ValueError: invalid literal")
    assert [number for number, _ in deaths] == [1]


def test_large_results():
    results, _ = run(lambda job: bytes(job), [3_000_000, 2_000_000, 1_000_000])
    assert [len(result) for result in results] == [3_000_000, 2_000_000, 1_000_000]


def test_one_thread_each_and_first_to_be_killed_for_memory():
    def job(number):
        return os.environ["OMP_NUM_THREADS"], Path("/proc/self/oom_score_adj").read_text().strip()

    assert run(job, [0]) == ([("1", "1000")], [])


def test_a_jobs_process_can_have_processes():
    def job(number):
        child = multiprocessing.get_context("fork").Process(target=os._exit, args=(6,))
        child.start()
        child.join()
        return child.exitcode

    assert run(job, [0]) == ([6], [])


def refuse(number, text):
    raise AssertionError(f"job {number}: {text}")


def test_processes_stay_between_calls_and_are_renewed_over_them():
    with Pool(lambda: lambda job: (job, os.getpid()), workers=1, jobs_per_worker=3) as pool:
        calls = [pool.run(jobs, refuse) for jobs in ([1], [2], [], [3], [4, 5])]
        assert [[value for value, _ in call] for call in calls] == [[1], [2], [], [3], [4, 5]]
        pids = [pid for call in calls for _, pid in call]
        assert pids[0] == pids[1] == pids[2]
        assert pids[3] == pids[4] != pids[0]


def test_one_that_died_between_calls_costs_nothing():
    with Pool(lambda: lambda job: os.getpid(), workers=1, jobs_per_worker=9) as pool:
        (first,) = pool.run([0], refuse)
        os.kill(first, signal.SIGKILL)
        (second,) = pool.run([0], refuse)
        assert second != first


def test_one_that_died_in_a_call_costs_the_next_call_nothing():
    with Pool(lambda: lambda job: os._exit(3) if job == "exit" else job, workers=1, jobs_per_worker=9) as pool:
        deaths = []
        assert pool.run(["exit"], lambda *death: deaths.append(death)) == [Died(3, "its process ended with status 3")]
        assert deaths == [(0, "its process ended with status 3")]
        assert pool.run([1, 2], refuse) == [1, 2]


def test_more_processes_start_when_a_later_call_has_more_jobs():
    with Pool(lambda: lambda job: time.sleep(0.5) or os.getpid(), workers=2, jobs_per_worker=9) as pool:
        (first,) = pool.run([0], refuse)
        pids = pool.run([0, 0], refuse)
        assert len(set(pids)) == 2
        assert first in pids


def test_leaving_the_block_ends_every_process():
    with Pool(lambda: lambda job: time.sleep(0.5), workers=2, jobs_per_worker=9) as pool:
        pool.run([0, 1], refuse)
        assert len(multiprocessing.active_children()) == 2
    assert multiprocessing.active_children() == []


def test_an_error_in_the_block_ends_every_process():
    def refuse_all():
        with Pool(lambda: time.sleep, workers=1, jobs_per_worker=9) as pool:
            pool.run([0.0], refuse)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        refuse_all()
    assert multiprocessing.active_children() == []


def test_a_call_after_one_that_raised_has_fresh_processes():
    """A job that the first call left behind gives the second one no result."""

    def job(seconds):
        if seconds == 0:
            os._exit(1)
        time.sleep(seconds)
        return seconds

    with Pool(lambda: job, workers=2, jobs_per_worker=9) as pool:
        with pytest.raises(AssertionError, match="job 1: its process ended with status 1"):
            pool.run([1.0, 0.0], refuse)
        assert pool.run([0.1, 1.5], refuse) == [0.1, 1.5]


def test_outside_its_block_it_runs_nothing():
    pool = Pool(lambda: time.sleep, workers=1, jobs_per_worker=1)
    with pytest.raises(RuntimeError, match="inside its block"):
        pool.run([0], refuse)


def test_each_process_keeps_to_its_kinds_and_takes_what_is_left_over():
    kinds = ["a", "b", "c", "a", "b", "a", "b", "a"]

    def job(kind):
        time.sleep(0.5)
        return kind, os.getpid()

    with Pool(lambda: job, workers=2, jobs_per_worker=9) as pool:
        results = pool.run(kinds, print, kinds)
    assert [kind for kind, _ in results] == kinds
    by_kind = {kind: {pid for found, pid in results if found == kind} for kind in "abc"}
    assert by_kind["a"] != by_kind["b"]
    # One of them may be the one that has nothing left of its own.
    assert min(len(by_kind["a"]), len(by_kind["b"])) == 1


def test_what_a_job_returns_is_told_while_others_run(tmp_path):
    """The first job ends once the result of the second one has been told."""
    file, told = tmp_path / "told", []

    def job(waits):
        by = time.monotonic() + 30
        while waits and not file.exists() and time.monotonic() < by:
            time.sleep(0.01)
        return waits, file.exists()

    def tell(place, result):
        told.append((place, result))
        file.touch()

    with Pool(lambda: job, workers=2, jobs_per_worker=9) as pool:
        results = pool.run([True, False], refuse, on_result=tell)
    assert results == [(True, True), (False, False)]
    assert told == [(1, results[1]), (0, results[0])]
