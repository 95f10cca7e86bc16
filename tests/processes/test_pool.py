"""Jobs in real processes: which, how many, and what comes back."""

import multiprocessing
import os
import sys
import time
from pathlib import Path
from threading import Thread

import cloudpickle

from harness.processes.pool import run_jobs

# The processes need not be able to import this file.
cloudpickle.register_pickle_by_value(sys.modules[__name__])


def run(job, jobs, workers=2, trials_per_worker=100):
    """The results, and what was told of deaths."""
    deaths = []
    results = run_jobs(
        lambda: job,
        jobs,
        workers=workers,
        trials_per_worker=trials_per_worker,
        on_death=lambda *death: deaths.append(death),
    )
    return results, deaths


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

    run_jobs(prepare, [1, 2], workers=8, trials_per_worker=9, on_death=print)
    assert len(list(tmp_path.iterdir())) <= 2


def test_no_jobs():
    assert run(lambda job: job, []) == ([], [])


def test_a_process_is_renewed():
    results, deaths = run(lambda job: os.getpid(), range(7), workers=1, trials_per_worker=3)
    assert results[0] == results[1] == results[2]
    assert results[3] == results[4] == results[5]
    assert len(set(results)) == 3
    assert deaths == []


def test_one_that_will_not_leave_is_renewed_all_the_same(monkeypatch):
    monkeypatch.setattr("harness.processes.pool.SECONDS_TO_LEAVE", 0.5)

    def job(number):

        Thread(target=time.sleep, args=(30,)).start()
        return number

    began = time.monotonic()
    assert run(job, [0, 1], workers=1, trials_per_worker=1) == ([0, 1], [])
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
