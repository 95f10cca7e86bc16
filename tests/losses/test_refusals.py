"""What each of Keras's own ways refuses; the formulas' refusals are in test_weighted_loss.py."""

import numpy as np
import pytest

from harness.errors import InputError
from harness.losses import WeightedMSE, WeightedRMSE
from harness.losses.add_loss import AddLoss
from harness.losses.class_weight import ClassWeight
from harness.losses.loss_weights import LossWeights
from harness.losses.sample_weight import SampleWeight

AGES = np.array([[0.5], [1], [1.5], [1]]) * np.array([1.0, 2, 3])
GENERAL = np.array([[1.0, 2, 3], [3, 2, 1], [2, 2, 2], [1, 1, 1]])


@pytest.mark.parametrize("weights", [AGES, GENERAL])
def test_loss_weights_takes_shared_weights_only(weights):
    LossWeights("squared", 1.0).check(weights[0], 32)
    with pytest.raises(InputError, match=r"these weights are \(4, 3\)") as caught:
        LossWeights("squared", 1.0).check(weights, 32)
    assert caught.value.key == "loss"
    assert "loss=sample_weight or loss=weighted_mse loss.normalise=none" in caught.value.instead


@pytest.mark.parametrize("weights", [AGES, GENERAL, GENERAL[0]])
@pytest.mark.parametrize("batch_size", [1, 32])
def test_sample_weight_takes_all(weights, batch_size):
    SampleWeight("squared", 1.0).check(weights, batch_size)


def test_add_loss_refuses_what_its_formula_refuses():
    with pytest.raises(InputError, match=r"since loss\.of\.form=root_over_sum .*Write loss\.of\.form=batch"):
        AddLoss(WeightedRMSE()).check(AGES, 32)
    AddLoss(WeightedRMSE()).check(GENERAL, 32)
    AddLoss(WeightedMSE(normalise="none")).check(AGES, 32)


def test_add_loss_adds_formulas_only():
    with pytest.raises(InputError, match=r"loss\.of: got SampleWeight.*Write loss\.of=weighted_mse"):
        AddLoss(SampleWeight("squared", 1.0))


def test_class_weight_is_refused():
    with pytest.raises(InputError, match="arg max of a target vector") as caught:
        ClassWeight()
    assert caught.value.key == "loss"
    assert "loss=sample_weight" in caught.value.instead
