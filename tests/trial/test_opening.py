import pytest

from harness.config.build import build_sources, resolve
from harness.config.overrides import CONF, composed
from harness.config.variant import distinguishing
from harness.trial.inputs import read_inputs
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


def tags(*overrides):
    config = resolve(composed(["weights=uniform", *overrides], CONF))
    return opening_of(config, NAMES, {}, None, read_inputs(build_sources(config))).tags


def test_what_missing_values_cost_is_kept_with_the_run():
    # 600 of the 1,396 train windows of weekly CO2 have a week among their targets that was not measured.
    notes = tags("data=co2")["data_notes"]
    assert "data.missing=last fills 59 missing values" in notes
    assert "leaves out 600 of 1396 train, 0 of 129 validation and 0 of 358 test windows" in notes
    assert "data_notes" not in tags("data=mackey_glass", "data.length=1000")
