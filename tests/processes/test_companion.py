"""One job in a real process, beside what the test does meanwhile."""

import os
import signal
import sys
import time

import cloudpickle
import pytest
from pool_runs import until

from harness.processes.companion import Companion
from harness.processes.pool import Died

# The process need not be able to import this file.
cloudpickle.register_pickle_by_value(sys.modules[__name__])


def test_it_is_prepared_before_it_has_its_job_and_works_while_nobody_waits(tmp_path):
    def prepare():
        (tmp_path / "prepared").touch()

        def job(number):
            (tmp_path / "done").touch()
            return number * 10, os.getpid()

        return job

    with Companion(prepare) as companion:
        until((tmp_path / "prepared").exists, 20)
        companion.give(4)
        until((tmp_path / "done").exists, 20)
        value, pid = companion.result()
    assert value == 40
    assert pid != os.getpid()


def test_a_job_may_be_given_before_it_can_be_taken_and_be_of_any_size():
    with Companion(lambda: time.sleep(0.3) or bytes) as companion:
        companion.give(3_000_000)
        assert companion.result() == bytes(3_000_000)


@pytest.mark.parametrize("prepared", [False, True])
def test_one_that_dies_says_how_at_once(prepared):
    def die(number=0):
        os.kill(os.getpid(), signal.SIGKILL)

    with Companion(lambda: die if prepared else die()) as companion:
        companion.give(1)
        died = companion.result()
    assert died == Died(-signal.SIGKILL, "its process was killed (SIGKILL), perhaps by the system for memory")


@pytest.mark.parametrize("busy", [False, True])
def test_it_ends_with_the_block(tmp_path, busy):
    def prepare():
        (tmp_path / str(os.getpid())).touch()
        return time.sleep

    with Companion(prepare) as companion:
        until(lambda: list(tmp_path.iterdir()), 20)
        if busy:
            companion.give(60)
    with pytest.raises(ProcessLookupError):
        os.kill(int(next(tmp_path.iterdir()).name), 0)
