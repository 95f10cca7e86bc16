"""Each process of a pool keeps to its share of the cores."""

import os
import time

import pytest

from harness.processes.cores import dealt, keep_to
from harness.processes.pool import Pool

pytestmark = pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="the system deals out no cores")


@pytest.mark.parametrize("cores", [1, 2, 3, 8])
@pytest.mark.parametrize("parts", [1, 2, 3, 5, 8, 20])
def test_every_part_has_cores_and_no_core_is_left_out(monkeypatch, cores, parts):
    mine = {10 + 2 * place for place in range(cores)}
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: mine)
    found = dealt(parts)
    sizes = [len(part) for part in found]
    assert len(found) == parts
    assert set().union(*found) == mine
    assert max(sizes) - min(sizes) <= 1
    assert sum(sizes) == max(cores, parts)
    used = [sum(core in part for part in found) for core in mine]
    assert max(used) - min(used) <= 1


def test_a_system_that_does_not_say_deals_out_none(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity")
    assert dealt(3) == [None] * 3
    keep_to(None)


def test_cores_that_are_gone_are_done_without():
    before = os.sched_getaffinity(0)
    keep_to(frozenset({10**4}))
    assert os.sched_getaffinity(0) == before


def cores(job):
    """Of this process, once so many jobs have begun beside each other."""
    file, together = job
    file.touch()
    by = time.monotonic() + 60
    while len(list(file.parent.iterdir())) < together and time.monotonic() < by:
        time.sleep(0.02)
    return os.sched_getaffinity(0)


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_processes_of_a_pool_share_the_cores_of_this_one(tmp_path, jobs):
    mine = os.sched_getaffinity(0)
    with Pool(lambda: cores, workers=2, jobs_per_worker=9) as pool:
        found = pool.run([(tmp_path / str(number), jobs) for number in range(jobs)], lambda *_: None)
        assert set().union(*found) == mine
        assert sum(map(len, found)) == max(len(mine), jobs)
        # One that comes later shares with one that is there.
        later = pool.run([(tmp_path / f"later {number}", jobs + 2) for number in range(2)], lambda *_: None)
        assert all(part <= mine for part in later)
