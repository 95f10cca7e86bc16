"""Hydra looks for sweepers in this namespace alone; the sweep itself is `harness.sweep`."""

from hydra.plugins.sweeper import Sweeper


class HarnessSweeper(Sweeper):
    """Hands Hydra's launcher and the command line's overrides to `harness.sweep.sweep`.

    Args:
        params: swept keys from a config, such as an experiment's; the command line's come on top.
    """

    def __init__(self, params):
        self.params = params

    def setup(self, *, hydra_context, task_function, config):
        """Hydra's call before `sweep`."""
        from hydra.core.plugins import Plugins

        self.config, self.loader = config, hydra_context.config_loader
        self.launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments):
        """Hydra's call with the command line's overrides."""
        from harness.sweep.sweep import run_sweep

        return run_sweep(self.config, self.loader, self.launcher, self.params, arguments)
