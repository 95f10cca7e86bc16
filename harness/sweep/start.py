"""The start of a sweep: what takes long to begin is begun first."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from hydra.core.plugins import Plugins
from omegaconf import OmegaConf

from harness.sweep.cost import measuring

if TYPE_CHECKING:
    from harness.spec import Outcome


def start(context: Any, config: Any, task: Any, params: Mapping[str, str], arguments: Sequence[str]) -> "list[Outcome]":
    """Runs a sweep, see `run_sweep`, or a dry run of it.

    Args:
        context, config, task: Hydra's.
        params, arguments: see `combinations`.
    """
    is_dry = OmegaConf.select(config, "sweep.dry_run", throw_on_resolution_failure=False) is True
    with measuring() if is_dry else nullcontext() as companion:
        # A second of imports, composing and planning, while that process imports TensorFlow.
        from harness.sweep.sweep import run_sweep

        launcher = Plugins.instance().instantiate_launcher(hydra_context=context, task_function=task, config=config)
        return run_sweep(config, context.config_loader, launcher, params, arguments, companion)
