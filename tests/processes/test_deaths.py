"""Real processes, really killed."""

import multiprocessing
import os
import random
import signal
import sys
import time
from pathlib import Path
from threading import Event, Thread

import cloudpickle
import pytest
from pool_runs import run, run_prepared

from harness.processes.pool import STARTS, Died, Pool

# The processes need not be able to import this file.
cloudpickle.register_pickle_by_value(sys.modules[__name__])


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


@pytest.mark.parametrize("stopped", [False, True])
def test_a_job_that_takes_too_long_is_ended(stopped):
    def job(number):
        if number == 1:
            if stopped:
                os.kill(os.getpid(), signal.SIGSTOP)
            time.sleep(60)
        return number

    deaths, began = [], time.monotonic()
    with Pool(lambda: job, workers=2, jobs_per_worker=9, seconds_per_job=1.5) as pool:
        results = pool.run([0, 1, 2, 3], on_death=lambda *death: deaths.append(death))
    assert [results[0], *results[2:]] == [0, 2, 3]
    assert results[1] == Died(-9, "it took longer than 1.5 s")
    assert deaths == [(1, "it took longer than 1.5 s")]
    assert time.monotonic() - began < 40


def test_a_death_is_reported_at_once():
    reported_at = []

    def job(number):
        if number == 0:
            os._exit(1)
        time.sleep(3)
        return time.monotonic()

    with Pool(lambda: job, workers=2, jobs_per_worker=9) as pool:
        _, ended_at = pool.run([0, 1], on_death=lambda *_: reported_at.append(time.monotonic()))
    assert ended_at - reported_at[0] > 1


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


def test_a_job_is_given_up_when_no_process_starts_for_it(tmp_path):
    def prepare():
        (tmp_path / str(os.getpid())).touch()
        os._exit(5)

    results, deaths = run_prepared(prepare, ["a", "b"])
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

    assert run_prepared(prepare, [1, 2, 3]) == ([1, 2, 3], [])


def test_a_death_while_idle_costs_no_job(tmp_path):
    def job(number):
        from threading import Timer

        if number == 0:
            while not (tmp_path / "other began").exists():
                time.sleep(0.02)
            # No job is left for this one, which is to leave, and dies instead, while the other is busy.
            Timer(0.05, os.kill, (os.getpid(), signal.SIGKILL)).start()
        else:
            (tmp_path / "other began").touch()
            time.sleep(1)
        return number

    assert run(job, [0, 1], workers=2) == ([0, 1], [])


def test_a_death_between_two_jobs_costs_neither(tmp_path):
    def prepare():
        from harness.processes import child

        ask = child._ask

        def die_after_the_first(pipe, *message):
            if message[0] == "done" and not (tmp_path / "died").exists():
                (tmp_path / "died").touch()
                pipe.send(message)
                pipe.poll(5)
                os._exit(1)
            return ask(pipe, *message)

        child._ask = die_after_the_first
        return lambda job: job

    assert run_prepared(prepare, [1, 2, 3]) == ([1, 2, 3], [])
    assert (tmp_path / "died").exists()


def test_kills_at_random_moments(tmp_path):
    """Whatever was not reported as dead was done, and nothing was done twice."""
    done, chance, over = tmp_path / "done", random.Random(0), Event()
    done.touch()

    def job(number):
        time.sleep(0.02)
        with done.open("a") as file:
            file.write(f"{number}\n")
        return number

    def kill_one_for_every_two_done():
        kills = 0
        while not over.wait(chance.uniform(0, 0.1)):
            children = multiprocessing.active_children()
            if children and kills < done.read_text().count("\n") / 2:
                chance.choice(children).kill()
                kills += 1

    killer = Thread(target=kill_one_for_every_two_done)
    killer.start()
    try:
        results, deaths = run(job, range(40), workers=3, jobs_per_worker=7)
    finally:
        over.set()
        killer.join()
    dead = {number for number, _ in deaths}
    assert 0 < len(dead) < 40
    assert results == [results[number] if number in dead else number for number in range(40)]
    assert all(isinstance(results[number], Died) for number in dead)
    numbers = [int(number) for number in done.read_text().split()]
    assert len(numbers) == len(set(numbers))
    assert set(numbers) | dead == set(range(40))


@pytest.fixture
def memory_group():
    """A control group of 100 MB below this process's own."""
    limits = {"memory": ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), "": ("/sys/fs/cgroup", "memory.max")}
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
        own = {kind: path for _, kind, path in (line.split(":", 2) for line in lines)}
        root, limit = limits["memory" if "memory" in own else ""]
        group = Path(root + own.get("memory", own.get(""))) / f"test_workers_{os.getpid()}"
        group.mkdir()
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error}")
    try:
        if not (group / limit).exists():
            pytest.skip("control groups made here do not limit memory")
        (group / limit).write_text(str(100 * 2**20))
        yield group
    finally:
        group.rmdir()


def test_one_that_the_kernel_kills_for_memory_costs_one_job(memory_group):
    def job(number):
        if number == 1:
            (memory_group / "cgroup.procs").write_text(str(os.getpid()))
            return sum(len(part) for part in [bytearray(b"x") * 2**22 for _ in range(250)])
        return number

    results, deaths = run(job, [0, 1, 2, 3])
    text = "its process was killed (SIGKILL), perhaps by the system for memory"
    assert results == [0, Died(-9, text), 2, 3]
    assert deaths == [(1, text)]
