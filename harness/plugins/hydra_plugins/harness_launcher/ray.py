"""The launcher `ray`; what it does is `harness.sweep.cluster.ray`."""

from typing import Annotated

from annotated_types import Interval
from hydra_plugins.harness_launcher.cluster import ClusterLauncher

from harness.kinds import Folder, Text


class RayLauncher(ClusterLauncher):
    """Runs a sweep's trials on a Ray cluster, and keeps them on the machine that launched the sweep.

    Args:
        address, cpus, gpus, memory_gb, tries, working_dir, device: see conf/hydra/launcher/ray.yaml.
    """

    extra = "ray"

    def __init__(
        self,
        *,
        address: Text,
        cpus: Annotated[float, Interval(gt=0, le=1024)],
        gpus: Annotated[float, Interval(ge=0, le=1024)],
        memory_gb: Annotated[float, Interval(gt=0, le=1_000_000)] | None,
        tries: Annotated[int, Interval(ge=1, le=1000)],
        working_dir: Folder | None,
        device: Text | None,
    ):
        super().__init__(device)
        self._asked = {
            "address": address,
            "cpus": cpus,
            "gpus": gpus,
            "memory_gb": memory_gb,
            "tries": tries,
            "working_dir": working_dir,
        }

    def _open(self):
        from harness.sweep.cluster.ray import Asked, RayCluster

        return RayCluster(Asked(**self._asked), self.config)
