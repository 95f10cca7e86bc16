"""The launcher `fused`."""

from typing import Annotated

from annotated_types import Interval
from hydra_plugins.harness_launcher import PoolLauncher


class FusedLauncher(PoolLauncher):
    """Has each process compute several trials at once, as one program; see conf/hydra/launcher/fused.yaml.

    Raises:
        InputError: `sweep.trial_minutes` is set; a trial cannot be ended without those beside it.
    """

    def __init__(
        self,
        *,
        workers: Annotated[int, Interval(ge=1, le=1024)] | None,
        workers_per_gpu: Annotated[int, Interval(ge=1, le=1024)] | None,
        trials_at_once: Annotated[int, Interval(ge=1, le=4096)],
    ):
        super().__init__(workers=workers, workers_per_gpu=workers_per_gpu, trials_per_worker=1_000_000)
        self.at_once = trials_at_once

    def setup(self, *, hydra_context, task_function, config):
        """Hydra's call before `launch`."""
        from harness.errors import InputError
        from harness.sweep.launcher import plan_fused

        if config.sweep.trial_minutes is not None:
            found = f"got {config.sweep.trial_minutes}, and hydra/launcher=fused computes trials together"
            raise InputError("sweep.trial_minutes", found, "Write null, or hydra/launcher=pool")
        super().setup(hydra_context=hydra_context, task_function=task_function, config=config)
        plan_fused()
