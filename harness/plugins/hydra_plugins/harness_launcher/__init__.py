"""Hydra looks for launchers in this namespace alone; what this one does is `harness.sweep.launcher`."""

from contextlib import ExitStack, contextmanager, nullcontext
from typing import Annotated

from annotated_types import Interval
from hydra.plugins.launcher import Launcher


class PoolLauncher(Launcher):
    """Hands Hydra's jobs to `harness.sweep.launcher`, which runs each in a process that takes no other with it.

    Args:
        workers, workers_per_gpu, trials_per_worker: see conf/hydra/launcher/pool.yaml.
    """

    # How many trials a process computes together; None: it runs one after the other.
    at_once: int | None = None

    def __init__(
        self,
        *,
        workers: Annotated[int, Interval(ge=1, le=1024)] | None,
        workers_per_gpu: Annotated[int, Interval(ge=1, le=1024)] | None,
        trials_per_worker: Annotated[int, Interval(ge=1, le=1_000_000)],
    ):
        self.workers, self.workers_per_gpu, self.trials_per_worker = workers, workers_per_gpu, trials_per_worker
        self._stack = self._pool = None

    def setup(self, *, hydra_context, task_function, config):
        """Hydra's call before `launch`; refuses to share a GPU that is not there."""
        from harness.sweep.launcher import environments

        self.context, self.task, self.config = hydra_context, task_function, config
        self.environments = environments(self.workers, self.workers_per_gpu)

    def launch(self, job_overrides, initial_job_idx):
        """Hydra's call with the overrides of each job; its JobReturns, in that order."""
        from harness.sweep.launcher import launch

        with self._open_pool(len(job_overrides)) as pool:
            return launch(pool, self.context, self.config, job_overrides, initial_job_idx, self._parts())

    @contextmanager
    def kept_open(self):
        """Within the block its processes stay from one call of `launch` to the next."""
        with ExitStack() as self._stack:
            try:
                yield
            finally:
                self._pool = None
        self._stack = None

    def _parts(self):
        return None if self.at_once is None else len(self.environments)

    def _open_pool(self, jobs):
        from harness.sweep.launcher import pool_for

        if self._pool is not None:
            return nullcontext(self._pool)
        pool = pool_for(
            self.context,
            self.config,
            self.task,
            jobs,
            environments=self.environments,
            trials_per_worker=self.trials_per_worker,
            at_once=self.at_once,
        )
        if self._stack is None:
            return pool
        self._pool = self._stack.enter_context(pool)
        return nullcontext(pool)
