"""Jobs in a pool, and waiting for what processes do."""

import time

from harness.processes.pool import Pool


def run(job, jobs, workers=2, jobs_per_worker=100):
    """The results, and every death that was reported."""
    return run_prepared(lambda: job, jobs, workers, jobs_per_worker)


def run_prepared(prepare, jobs, workers=1, jobs_per_worker=9):
    """The same, of jobs that `prepare` makes."""
    deaths = []
    with Pool(prepare, workers=workers, jobs_per_worker=jobs_per_worker) as pool:
        results = pool.run(jobs, on_death=lambda *death: deaths.append(death))
    return results, deaths


def until(condition, seconds):
    """Waits for at most so many seconds."""
    by = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < by
        time.sleep(0.02)
