"""The GPUs that a process may use, told without importing TensorFlow, and how processes share them.

No GPU was at hand to measure with: that a process sees one GPU alone, and takes no more of its memory than it needs, is
CUDA's and TensorFlow's word.
"""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.errors import InputError

NVIDIA = Path("/proc/driver/nvidia/gpus")
VISIBLE = "CUDA_VISIBLE_DEVICES"


def visible_gpus() -> dict[str, str]:
    """The model of each GPU that this process may use, by its number."""
    models = [re.search(r"Model:\s*(.+)", file.read_text()) for file in sorted(NVIDIA.glob("*/information"))]
    numbered = {str(number): found[1].strip() for number, found in enumerate(found for found in models if found)}
    visible = os.environ.get(VISIBLE)
    if visible is None:
        return numbered
    asked = (number.strip() for number in visible.split(","))
    return {number: numbered[number] for number in asked if number in numbered}


def share_gpus(workers_per_gpu: int) -> Sequence[Mapping[str, str]]:
    """The environment of each process, where so many of them share each GPU and see no other one.

    Raises:
        InputError: there is no GPU.
    """
    gpus = visible_gpus()
    if not gpus:
        found = f"got {workers_per_gpu}, and this process sees no GPU"
        raise InputError("hydra.launcher.workers_per_gpu", found, "Write null, which means one worker a core")
    return [{VISIBLE: number} for number in gpus] * workers_per_gpu
