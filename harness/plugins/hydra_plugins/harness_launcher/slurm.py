"""The launcher `slurm`; what it does is `harness.sweep.cluster.slurm`."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from annotated_types import Interval
from hydra_plugins.harness_launcher.cluster import ClusterLauncher

from harness.kinds import Text


class SlurmLauncher(ClusterLauncher):
    """Runs a sweep's trials as job arrays of Slurm, and keeps them on the machine that launched the sweep.

    Args:
        cpus, gpus, memory_gb, minutes, trials_per_job, at_a_time, tries, setup, options, device: see
            conf/hydra/launcher/slurm.yaml.
    """

    extra = "slurm"

    def __init__(
        self,
        *,
        cpus: Annotated[int, Interval(ge=1, le=1024)],
        gpus: Annotated[int, Interval(ge=0, le=1024)],
        memory_gb: Annotated[float, Interval(gt=0, le=1_000_000)] | None,
        minutes: Annotated[int, Interval(ge=1, le=525_600)],
        trials_per_job: Annotated[int, Interval(ge=1, le=1_000_000)],
        at_a_time: Annotated[int, Interval(ge=1, le=1_000_000)],
        tries: Annotated[int, Interval(ge=1, le=1000)],
        setup: Sequence[Text],
        options: Mapping[str, str | int | float | bool],
        device: Text | None,
    ):
        super().__init__(device)
        self._asked = {
            "cpus": cpus,
            "gpus": gpus,
            "memory_gb": memory_gb,
            "minutes": minutes,
            "trials_per_job": trials_per_job,
            "at_a_time": at_a_time,
            "tries": tries,
            "setup": tuple(setup),
            "options": dict(options),
        }

    def _open(self):
        from harness.sweep.cluster.slurm import Asked, SlurmCluster

        return SlurmCluster(Asked(**self._asked), self.config)
