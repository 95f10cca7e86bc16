"""Launchers that hand Hydra's jobs to other machines; what they do is `harness.sweep.cluster`."""

from abc import abstractmethod
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

from hydra.plugins.launcher import Launcher


class ClusterLauncher(Launcher):
    """What launchers on several machines share: they are connected once, and stay so from round to round."""

    # Of pyproject.toml.
    extra = ""

    def __init__(self, device: str | None):
        self._device, self._stack, self._kept = device, ExitStack(), False
        self._machines: Any = None

    def setup(self, *, hydra_context, task_function, config):
        """Hydra's call before `launch`; refuses where the extra is not installed."""
        from harness.sweep.cluster.extra import check_extra
        from harness.trial.fingerprint import plan_for

        check_extra(self.extra)
        self.loader, self.config = hydra_context.config_loader, config
        if self._device is not None:
            plan_for(self._device)

    def launch(self, job_overrides, initial_job_idx):
        """Hydra's call with the overrides of each job; its JobReturns, in that order."""
        from harness.sweep.cluster.launch import launch

        with self.kept_open():
            self.connect()
            return launch(self._machines, self.loader, self.config, job_overrides, initial_job_idx)

    def connect(self):
        """Refuses a cluster that does not answer, before anything is written."""
        if self._machines is None:
            self._machines = self._stack.enter_context(self._open())

    @contextmanager
    def kept_open(self):
        """Within the block the connection stays from one call of `launch` to the next."""
        if self._kept:
            yield
            return
        self._kept = True
        with self._stack:
            try:
                yield
            finally:
                self._kept, self._machines = False, None

    @abstractmethod
    def _open(self) -> AbstractContextManager[Any]:
        """The `Machines` of `harness.sweep.cluster.launch`, as a context manager."""
