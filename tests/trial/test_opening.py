import pytest

from harness.cli.main import CONF
from harness.config.build import resolve
from harness.config.overrides import composed
from harness.config.variant import distinguishing
from harness.trial.opening import opening_of

NAMES = {"loss": "weighted_mse", "weights": "placebo", "data": "co2", "model": "rnn", "search": "none"}


def params(*overrides):
    config = resolve(composed(["weights=placebo", *overrides], CONF))
    return {key: str(value) for key, value in opening_of(config, NAMES, {}, None).params.items()}


def test_a_placebo_is_one_variant_whatever_the_seed():
    assert params("seed=1")["weights.seed"] == "follows the replicate"
    assert distinguishing([params(f"seed={seed}") for seed in range(3)]) == [{}, {}, {}]


def test_a_seed_of_weights_that_is_set_is_another_variant():
    labels = distinguishing([params("seed=1", f"weights.seed={seed}") for seed in (1, 2)])
    assert labels == [{"weights.seed": "1"}, {"weights.seed": "2"}]


@pytest.mark.parametrize("key", ["follows", "model.search_space.model.units.type"])
def test_what_is_no_part_of_the_trial_is_no_param(key):
    assert key not in params()
