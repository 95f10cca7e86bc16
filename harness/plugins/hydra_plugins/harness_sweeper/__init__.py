"""Hydra looks for sweepers in this namespace alone; the sweep itself is `harness.sweep`."""

from hydra.plugins.sweeper import Sweeper


class HarnessSweeper(Sweeper):
    """Hands what Hydra gives it to `harness.sweep.start`.

    Args:
        params: swept keys from a config, such as an experiment's; the command line's come on top.
    """

    def __init__(self, params):
        self.params = params

    def setup(self, *, hydra_context, task_function, config):
        """Hydra's call before `sweep`."""
        self.context, self.config, self.task = hydra_context, config, task_function

    def sweep(self, arguments):
        """Hydra's call with the command line's overrides."""
        from harness.sweep.start import start

        return start(self.context, self.config, self.task, self.params, arguments)
