"""One objective, several of Keras's ways to it: the same seed gives the same trained network."""

from functools import partial

import keras
import numpy as np
import pytest
from short_training import training

from harness.losses import WeightedMSE, WeightedRMSE
from harness.losses.add_loss import AddLoss
from harness.losses.loss_weights import LossWeights
from harness.losses.sample_weight import SampleWeight
from harness.models.rnn import rnn
from harness.training.fit import fit
from harness.training.program import Program

VARIANTS = {
    "mse_sample": WeightedMSE(normalise="sample"),
    "mse_batch": WeightedMSE(normalise="batch"),
    "mse_none": WeightedMSE(normalise="none"),
    "sample_weight": SampleWeight("squared", 1.0),
    "loss_weights": LossWeights("squared", 1.0),
    "add_loss_of_mse": AddLoss(WeightedMSE(normalise="sample")),
    "add_loss_of_mse_none": AddLoss(WeightedMSE(normalise="none")),
    **{
        f"{error}_{name}": variant
        for error in ("absolute", "huber")
        for name, variant in {
            "mse_sample": WeightedMSE(normalise="sample", error=error, delta=0.5),
            "mse_none": WeightedMSE(normalise="none", error=error, delta=0.5),
            "sample_weight": SampleWeight(error, 0.5),
            "loss_weights": LossWeights(error, 0.5),
            "add_loss_of_mse": AddLoss(WeightedMSE(error=error, delta=0.5)),
        }.items()
    },
    "rmse_root_over_sum": WeightedRMSE(form="root_over_sum"),
    "add_loss_of_rmse_root_over_sum": AddLoss(WeightedRMSE(form="root_over_sum")),
}


def trained(variant, per_sample, outputs=7, n=70, jit_compile=False, dropout=0.0):
    """(network's weights, own loss by epoch) after three epochs of SGD; the last batch of 32 is partial."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(n, 6, 2)), rng.normal(size=(n, outputs))
    weights = rng.uniform(0.1, 3, (n, outputs)) * rng.uniform(0.1, 3, (n, 1))
    weights = (weights if per_sample else weights[0]) / (weights if per_sample else weights[0]).mean()
    keras.backend.clear_session()
    keras.utils.set_random_seed(3)
    network = rnn(
        6,
        2,
        outputs,
        cell="gru",
        units=4,
        upper_units=None,
        layers=1,
        dropout=dropout,
        bidirectional=False,
        kernel="fast",
    )
    settings = training(optimizer=partial(keras.optimizers.SGD, learning_rate=0.1), jit_compile=jit_compile)
    scores = iter([3.0, 2.0, 1.0])
    fittable = VARIANTS[variant].fittable(network, weights)
    arrays = x, y, weights
    program = Program(network, fittable, settings, arrays)
    history = fit(program, arrays, lambda: {"val_rmse": next(scores)}, settings, 5, lambda *given: None, None)
    return np.concatenate([w.ravel() for w in network.get_weights()]), history.own_loss


def assert_agree(found, reference):
    np.testing.assert_allclose(found[0], reference[0], rtol=0, atol=1e-5)
    np.testing.assert_allclose(found[1], reference[1], rtol=1e-5)


@pytest.fixture(scope="module")
def shared():
    return trained("mse_sample", per_sample=False)


@pytest.fixture(scope="module")
def per_sample():
    return trained("mse_none", per_sample=True)


@pytest.mark.parametrize("variant", ["mse_batch", "mse_none", "sample_weight", "loss_weights", "add_loss_of_mse"])
def test_shared_weights(shared, variant):
    assert_agree(trained(variant, per_sample=False), shared)


@pytest.mark.slow
@pytest.mark.parametrize("error", ["absolute", "huber"])
def test_other_errors(shared, error):
    reference = trained(f"{error}_mse_sample", per_sample=False)
    for variant in ("mse_none", "sample_weight", "loss_weights", "add_loss_of_mse"):
        assert_agree(trained(f"{error}_{variant}", per_sample=False), reference)
    assert np.abs(reference[0] - shared[0]).max() > 1e-3


@pytest.mark.parametrize("variant", ["sample_weight", "add_loss_of_mse_none"])
def test_per_sample_weights(per_sample, variant):
    assert_agree(trained(variant, per_sample=True), per_sample)


@pytest.mark.parametrize("variant", ["mse_sample", "mse_batch"])
def test_normalisations_differ_for_per_sample_weights(per_sample, variant):
    assert np.abs(trained(variant, per_sample=True)[0] - per_sample[0]).max() > 1e-3


def test_add_loss_of_another_formula(shared):
    reference = trained("rmse_root_over_sum", per_sample=True)
    assert_agree(trained("add_loss_of_rmse_root_over_sum", per_sample=True), reference)
    assert np.abs(reference[0] - shared[0]).max() > 1e-3


def test_dropout_is_the_same_for_every_variant(shared):
    reference = trained("mse_sample", per_sample=False, dropout=0.5)
    assert_agree(trained("add_loss_of_mse", per_sample=False, dropout=0.5), reference)
    assert np.abs(reference[0] - shared[0]).max() > 1e-3


def test_as_many_samples_as_outputs():
    """[32, 32] weights in batches of 32: nothing may be read along the wrong axis."""
    options = {"per_sample": True, "outputs": 32, "n": 32}
    assert_agree(trained("sample_weight", **options), trained("mse_none", **options))


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["sample_weight", "loss_weights", "add_loss_of_mse"])
def test_a_hundred_outputs_under_xla(variant):
    options = {"per_sample": False, "outputs": 100, "n": 100}
    assert_agree(trained(variant, jit_compile=True, **options), trained("mse_sample", **options))
