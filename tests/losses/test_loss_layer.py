"""`LossLayer` in a Keras model outside the harness."""

import keras
import numpy as np
import pytest

from harness.losses import LossLayer, WeightedMSE, WeightedRMSE

RNG = np.random.default_rng(0)
X, Y, W = RNG.normal(size=(70, 3)), RNG.normal(size=(70, 7)), RNG.uniform(0.1, 3, (70, 7))


def models(loss):
    """(a linear network, the same with targets and weights as inputs)."""
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(7)])
    network.set_weights([RNG.normal(size=(3, 7)), np.zeros(7)])
    y_true, weights = keras.Input((7,)), keras.Input((7,))
    pred = LossLayer(loss, name="added")(y_true, network.outputs[0], weights)
    return network, keras.Model([network.inputs[0], y_true, weights], pred)


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize(
    ("loss", "option"),
    [(WeightedRMSE(), {"form": "root_over_sum"}), (WeightedMSE(normalise="none"), {"normalise": "none"})],
)
def test_fit_is_sgd_on_the_formula(by_hand, loss, option, jit_compile):
    network, training = models(loss)
    kernel, bias = network.get_weights()
    for i in range(0, 70, 32):
        part = slice(i, i + 32)
        gradient = by_hand(option, Y[part], X[part] @ kernel + bias, W[part])[1]
        kernel, bias = kernel - 0.1 * X[part].T @ gradient, bias - 0.1 * gradient.sum(axis=0)
    training.compile(optimizer=keras.optimizers.SGD(0.1), jit_compile=jit_compile)
    training.fit([X, Y, W], batch_size=32, shuffle=False, verbose=0)
    for found, wanted in zip(network.get_weights(), (kernel, bias), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def test_the_network_predicts_without_targets_and_weights():
    network, training = models(WeightedRMSE())
    np.testing.assert_array_equal(network.predict(X, verbose=0), training.predict([X, Y, W], verbose=0))
    assert "added" not in [layer.name for layer in network.layers]


def test_the_training_model_reloads_with_its_loss(tmp_path):
    _, training = models(WeightedRMSE(form="batch"))
    training.compile(optimizer="sgd")
    before = training.evaluate([X, Y, W], batch_size=70, verbose=0)
    training.save(tmp_path / "training.keras")
    again = keras.models.load_model(tmp_path / "training.keras")
    assert again.get_layer("added").loss.get_config() == WeightedRMSE(form="batch").get_config()
    assert again.evaluate([X, Y, W], batch_size=70, verbose=0) == pytest.approx(before, rel=1e-6)


def test_what_is_no_loss_is_refused():
    with pytest.raises(ValueError, match=r"Expected a keras\.losses\.Loss\. Received: 'mse'"):
        LossLayer("mse")
