"""The project's own loss variants, as conf/loss/*.yaml and the options there make them."""

import dataclasses
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from harness.config.build import build_part, resolve
from harness.losses.loss_weights import LossWeights

CONF = Path(__file__).parents[2] / "conf"
CHOICES = {
    "rmse_root_over_sum": ["loss=weighted_rmse", "loss.form=root_over_sum"],
    "rmse_root_of_mean": ["loss=weighted_rmse", "loss.form=root_of_mean"],
    "rmse_batch": ["loss=weighted_rmse", "loss.form=batch"],
    "mse_sample": ["loss=weighted_mse", "loss.normalise=sample"],
    "mse_batch": ["loss=weighted_mse", "loss.normalise=batch"],
    "mse_none": ["loss=weighted_mse", "loss.normalise=none"],
    "sample_weight": ["loss=sample_weight"],
    "loss_weights": ["loss=loss_weights"],
    "add_rmse_root_over_sum": ["loss=add_loss", "loss@loss.of=weighted_rmse", "loss.of.form=root_over_sum"],
    "add_rmse_root_of_mean": ["loss=add_loss", "loss@loss.of=weighted_rmse", "loss.of.form=root_of_mean"],
    "add_rmse_batch": ["loss=add_loss", "loss@loss.of=weighted_rmse", "loss.of.form=batch"],
    "add_mse_sample": ["loss=add_loss", "loss.of.normalise=sample"],
    "add_mse_batch": ["loss=add_loss", "loss.of.normalise=batch"],
    "add_mse_none": ["loss=add_loss", "loss.of.normalise=none"],
}


class Heads:
    """A user's own: `loss_weights` with the weights as they are, not divided by their sum."""

    def check(self, weights, batch_size):
        """As `LossWeights`."""
        LossWeights("squared", 1.0).check(weights, batch_size)

    def fittable(self, network, weights):
        """See `Fittable`."""
        fittable = LossWeights("squared", 1.0).fittable(network, weights)
        plain = dict(zip(fittable.compile["loss"], map(float, weights), strict=True))
        return dataclasses.replace(fittable, compile={**fittable.compile, "loss_weights": plain})


@pytest.fixture(scope="session")
def composed():
    """Overrides -> a resolved config."""

    def composed(*overrides):
        with initialize_config_dir(str(CONF), version_base="1.3"):
            return resolve(compose("config", overrides=list(overrides)))

    return composed


@pytest.fixture(scope="session")
def losses(composed):
    """name -> (loss object, resolved loss config); `heads` is not the project's own."""
    configs = {name: composed(*overrides) for name, overrides in CHOICES.items()}
    found = {name: (build_part(config, "loss"), config["loss"]) for name, config in configs.items()}
    return {**found, "heads": (Heads(), {"_target_": "theirs.Heads"})}
