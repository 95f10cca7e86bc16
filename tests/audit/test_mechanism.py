"""Keras's way against the oracle, whose own numbers are checked by hand in test_oracle.py."""

import numpy as np
import pytest

from harness.audit.mechanism import mechanism
from harness.audit.oracle import oracle
from harness.config.build import build_part
from harness.errors import InputError

ROWS = np.array([5, 0, 7, 2])


@pytest.fixture(scope="module")
def sample():
    rng = np.random.default_rng(0)
    true, pred = rng.normal(size=(2, 4, 6)).astype(np.float32)
    return true, pred, rng.uniform(0.1, 3, (9, 6))


def assert_agree(found, expected):
    assert found[0] == pytest.approx(expected[0], rel=1e-6)
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-5, atol=1e-9)


def test_shared_weights(losses, sample):
    true, pred, weights = sample
    for loss, config in losses.values():
        if config["_target_"].startswith("harness."):
            found = mechanism(loss, weights[0])(true, pred, ROWS)
            assert_agree(found, oracle(config, true, pred, weights[0]))


def test_weights_of_each_sample_are_those_of_its_row(losses, sample):
    true, pred, weights = sample
    for name, (loss, config) in losses.items():
        if name not in ("loss_weights", "heads"):
            found = mechanism(loss, weights)(true, pred, ROWS)
            assert_agree(found, oracle(config, true, pred, weights[ROWS]))


def test_one_mechanism_takes_batches_of_any_size(losses, sample):
    true, pred, weights = sample
    for name in ("rmse_batch", "sample_weight", "add_mse_batch"):
        loss, config = losses[name]
        objective = mechanism(loss, weights)
        for b in (4, 1, 3):
            expected = oracle(config, true[:b], pred[:b], weights[ROWS[:b]])
            assert_agree(objective(true[:b], pred[:b], ROWS[:b]), expected)


def test_no_error_has_no_gradient(losses, sample):
    true, _, weights = sample
    for name in ("rmse_root_over_sum", "rmse_root_of_mean", "rmse_batch"):
        value, gradient = mechanism(losses[name][0], weights)(true, true, ROWS)
        assert value == 0
        np.testing.assert_array_equal(gradient, np.zeros_like(true))


def test_class_weight_never_gets_here(composed):
    with pytest.raises(InputError, match="arg max of a target vector"):
        build_part(composed("loss=class_weight"), "loss")
