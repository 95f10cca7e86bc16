"""What Hydra starts."""

import sys

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from harness.config.overrides import CONF, SHOW_ALL


@hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")
def task(config: DictConfig):
    """One trial; a sweep calls this once for each of its trials, in whichever process its launcher has."""
    from harness.cli.job import run_alone
    from harness.config.explain import explain
    from harness.config.values import check_value
    from harness.sweep.job import run_in_sweep

    alone = OmegaConf.is_missing(HydraConfig.get().job, "num")
    if not alone:
        return run_in_sweep(config)
    try:
        check_value("sweep.id", OmegaConf.select(config, "sweep.id"), None)
        return run_alone(config)
    except Exception as error:
        if SHOW_ALL:
            raise
        # Hydra would put a line of its own before an error that it sees.
        sys.exit(explain(error, CONF))
