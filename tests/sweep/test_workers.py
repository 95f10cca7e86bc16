"""Real processes, really killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cloudpickle
import pytest

from harness.sweep.workers import STARTS, Died, run_jobs, told

# The processes need not be able to import this file.
cloudpickle.register_pickle_by_value(sys.modules[__name__])

PARENT = """
import ctypes, os, signal, sys, time
from pathlib import Path
from harness.sweep.workers import run_jobs

def prepare():
    def job(how):
        Path(str(os.getpid())).touch()
        if how == "deaf":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        # PyDLL keeps Python's lock, so that no other thread of the process can run.
        ctypes.PyDLL(None).sleep(60) if how == "locked" else time.sleep(60)
    return job

if __name__ == "__main__":
    try:
        run_jobs(prepare, sys.argv[1:], workers=9, trials_per_worker=9, on_death=print)
    except KeyboardInterrupt:
        print("interrupted")
"""


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


def alive(pid):
    try:
        # A process that has died is one until its parent, here whoever adopted it, has asked for its status.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def in_session(session):
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(folder.name)) == session:
                yield folder.name
        except ProcessLookupError:
            pass


def until(condition, seconds):
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds
        time.sleep(0.02)
    return time.monotonic() - began


@pytest.fixture
def parent(tmp_path):
    """Starts a parent with a busy process for each of the ways to be busy; the parent and the pids."""
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    folder = tmp_path / "pids"
    folder.mkdir()
    started = []

    def parent(*ways):
        process = subprocess.Popen(
            [sys.executable, script, *ways],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        until(lambda: len(list(folder.iterdir())) == len(ways), 20)
        time.sleep(0.2)
        return process, [int(file.name) for file in folder.iterdir()]

    yield parent
    for process in started:
        process.kill()
        process.communicate()


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


@pytest.mark.parametrize(
    ("how", "status", "text"),
    [
        (lambda: os._exit(3), 3, "its process ended with status 3"),
        (lambda: os._exit(0), 0, "its process ended with status 0"),
        (lambda: sys.exit(4), 4, "its process ended with status 4"),
        (lambda: 1 / 0, 1, "its process ended with status 1"),
        (
            lambda: os.kill(os.getpid(), signal.SIGKILL),
            -9,
            "its process was killed (SIGKILL), perhaps by the system for",
        ),
        (lambda: os.kill(os.getpid(), signal.SIGTERM), -15, "its process was killed (SIGTERM)"),
        (lambda: os.kill(os.getpid(), signal.SIGSEGV), -11, "its process crashed (SIGSEGV)"),
        (lambda: os.closerange(3, 64) or time.sleep(60), -9, "its process was killed (SIGKILL)"),
    ],
    ids=["_exit", "_exit 0", "sys.exit", "raise", "SIGKILL", "SIGTERM", "SIGSEGV", "pipe closed"],
)
def test_a_death_costs_one_job(how, status, text):
    results, deaths = run(lambda job: how() if job == 1 else job, [0, 1, 2, 3])
    assert [results[0], *results[2:]] == [0, 2, 3]
    assert isinstance(results[1], Died)
    assert results[1].status == status
    assert results[1].text.startswith(text)
    assert deaths == [(1, results[1].text)]


def test_words_for_what_has_no_name():
    assert told(-40) == "its process was killed (signal 40)"
    assert told(None) == "its process ended, and how is not known"


def test_a_death_is_told_at_once():
    told_at = []

    def job(number):
        if number == 0:
            os._exit(1)
        time.sleep(3)
        return time.monotonic()

    _, ended_at = run_jobs(
        lambda: job, [0, 1], workers=2, trials_per_worker=9, on_death=lambda *_: told_at.append(time.monotonic())
    )
    assert ended_at - told_at[0] > 1


def test_a_death_is_seen_though_a_child_of_the_dead_lives_on():
    def job(number):
        if number == 0:
            # The child holds the pipe open.
            child = os.fork()
            if child == 0:
                time.sleep(20)
                os._exit(0)
            os._exit(7)
        return number

    began = time.monotonic()
    results, _ = run(job, [0, 1, 2])
    assert [results[0].status, *results[1:]] == [7, 1, 2]
    assert time.monotonic() - began < 10


def test_every_third_dies_and_each_other_is_done_exactly_once(tmp_path):
    def job(number):
        with (tmp_path / "done").open("a") as file:
            file.write(f"{number}\n")
        if number % 3 == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    results, deaths = run(job, range(12), workers=3)
    assert [result.status if isinstance(result, Died) else result for result in results] == [
        -9, 1, 2, -9, 4, 5, -9, 7, 8, -9, 10, 11
    ]  # fmt: skip
    assert sorted(number for number, _ in deaths) == [0, 3, 6, 9]
    assert sorted(map(int, (tmp_path / "done").read_text().split())) == list(range(12))


def test_a_process_is_renewed():
    results, deaths = run(lambda job: os.getpid(), range(7), workers=1, trials_per_worker=3)
    assert results[0] == results[1] == results[2]
    assert results[3] == results[4] == results[5]
    assert len(set(results)) == 3
    assert deaths == []


def test_one_that_will_not_leave_is_renewed_all_the_same(monkeypatch):
    monkeypatch.setattr("harness.sweep.workers.SECONDS_TO_LEAVE", 0.5)

    def job(number):
        from threading import Thread

        Thread(target=time.sleep, args=(30,)).start()
        return number

    began = time.monotonic()
    assert run(job, [0, 1], workers=1, trials_per_worker=1) == ([0, 1], [])
    assert time.monotonic() - began < 10


def test_a_job_is_given_up_when_no_process_starts_for_it(tmp_path):
    def prepare():
        (tmp_path / str(os.getpid())).touch()
        os._exit(5)

    deaths = []
    results = run_jobs(
        prepare, ["a", "b"], workers=1, trials_per_worker=9, on_death=lambda *death: deaths.append(death)
    )
    text = "it could not begin, 3 times in a row: its process ended with status 5"
    assert results == [Died(5, text), Died(5, text)]
    assert deaths == [(0, text), (1, text)]
    assert len(list(tmp_path.iterdir())) == 2 * STARTS


def test_a_death_while_starting_costs_no_job(tmp_path):
    def prepare():
        if len(list(tmp_path.iterdir())) < 2:
            (tmp_path / str(os.getpid())).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return lambda job: job

    assert run_jobs(prepare, [1, 2, 3], workers=1, trials_per_worker=9, on_death=print) == [1, 2, 3]


def test_a_death_while_idle_costs_no_job(tmp_path):
    def job(number):
        from threading import Timer

        if number == 0:
            until((tmp_path / "other began").exists, 10)
            # No job is left for this one, which is to leave, and dies instead, while the other is busy.
            Timer(0.05, os.kill, (os.getpid(), signal.SIGKILL)).start()
        else:
            (tmp_path / "other began").touch()
            time.sleep(1)
        return number

    assert run(job, [0, 1], workers=2) == ([0, 1], [])


def test_a_death_between_two_jobs_costs_neither(tmp_path):
    def prepare():
        from harness.sweep import worker_process

        answer = worker_process._answer

        def die_after_the_first(pipe, *message):
            if message[0] == "done" and not (tmp_path / "died").exists():
                (tmp_path / "died").touch()
                pipe.send(message)
                pipe.poll(5)
                os._exit(1)
            return answer(pipe, *message)

        worker_process._answer = die_after_the_first
        return lambda job: job

    assert run_jobs(prepare, [1, 2, 3], workers=1, trials_per_worker=9, on_death=print) == [1, 2, 3]
    assert (tmp_path / "died").exists()


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
        import multiprocessing

        child = multiprocessing.get_context("fork").Process(target=os._exit, args=(6,))
        child.start()
        child.join()
        return child.exitcode

    assert run(job, [0]) == ([6], [])


def test_processes_die_with_a_parent_that_is_killed(parent):
    process, pids = parent("asleep", "deaf", *(["locked"] if sys.platform == "linux" else []))
    assert all(alive(pid) for pid in pids)
    process.kill()
    until(lambda: not any(alive(pid) for pid in pids), 1)


@pytest.mark.parametrize("ways", [["asleep", "asleep"], ["deaf", "locked"]])
def test_ctrl_c_ends_all_within_two_seconds(parent, ways):
    process, pids = parent(*ways)
    began = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=10)
    assert time.monotonic() - began < 2
    assert output == "interrupted\n"
    assert process.returncode == 0
    until(lambda: not any(alive(pid) for pid in pids), 0.1)


def test_a_second_ctrl_c_leaves_none_behind(parent):
    process, pids = parent("deaf", "deaf")
    os.killpg(process.pid, signal.SIGINT)
    time.sleep(0.3)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=10)
    assert not any(alive(pid) for pid in pids)


@pytest.mark.parametrize("delay", [0.1, 0.2, 0.3, 0.4])
def test_ctrl_c_while_processes_start(tmp_path, delay):
    """No process tells of an interrupt of its own, and none is left."""
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    process = subprocess.Popen(
        [sys.executable, script, *["asleep"] * 4],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    time.sleep(delay)
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=10)
    assert "Process" not in output
    until(lambda: not any(alive(pid) for pid in in_session(process.pid)), 2)


def test_an_error_from_on_death_ends_all(tmp_path):
    def job(number):
        (tmp_path / str(os.getpid())).touch()
        if number == 0:
            time.sleep(1)
            os._exit(1)
        time.sleep(60)

    def refuse(number, text):
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        run_jobs(lambda: job, [0, 1], workers=2, trials_per_worker=9, on_death=refuse)
    assert not any(alive(file.name) for file in tmp_path.iterdir())
