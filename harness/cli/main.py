"""The command `harness`: what Hydra starts."""

import os
import sys

import hydra
from omegaconf import DictConfig

from harness.config.overrides import CONF, SHOW_ALL


@hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")
def task(config: DictConfig):
    """One trial; a sweep calls this once for each of its trials, in whichever process its launcher has."""
    from harness.cli.job import run_alone, run_in_sweep
    from harness.config.explain import explain

    if config.sweep.id:
        return run_in_sweep(config)
    try:
        return run_alone(config)
    except Exception as error:
        if SHOW_ALL:
            raise
        # Hydra would put a line of its own before an error that it sees.
        sys.exit(explain(error, CONF))


def main() -> None:
    """The command `harness`; ends the process with a status other than 0, and a short message, if anything failed."""
    from harness.config.explain import explain
    from harness.config.overrides import read_command

    sys.argv[1:] = read_command(sys.argv[1:])
    # Without this Hydra prints errors its own way and ends the process before they can be explained.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    try:
        task()
    except Exception as error:
        if SHOW_ALL:
            raise
        sys.exit(explain(error, CONF))
