"""A loss, two metrics, a model family and a data source of a user's own, outside the package.

Each is one function or class here and one YAML file in conf/. From this folder:

    PYTHONPATH=. harness --config-dir conf loss=mine model=mine data=mine
    PYTHONPATH=. harness --config-dir conf -m experiment=mine

A folder that you write for yourself may hold one of them alone. What an argument is annotated with is checked before
anything is read or trained: `model.units=0` and `loss.quantile=1` are refused here as in the project's own parts.
"""

import keras
import numpy as np
from keras import ops

from harness.kinds import Count, Inside, Seed, Unit
from harness.losses.weighted_loss import WeightedLoss
from harness.spec import Series


@keras.saving.register_keras_serializable(package="my_parts")
class WeightedPinball(WeightedLoss):
    """The weighted quantile loss: sum w max(q e, (q - 1) e) / sum w of each sample, with e = y_true - y_pred."""

    def __init__(self, weights=None, quantile: Inside = 0.5, name="weighted_pinball", **kwargs):
        super().__init__(weights=weights, name=name, **kwargs)
        self.quantile = quantile

    def formula(self, y_true, y_pred, weights):
        """[batch] from y_true, y_pred [batch, outputs] and weights [outputs] or [batch, outputs]."""
        error = y_true - y_pred
        values = ops.maximum(self.quantile * error, (self.quantile - 1) * error)
        weights = ops.convert_to_tensor(weights, dtype=y_pred.dtype) * ops.ones_like(y_pred)
        return ops.sum(weights * values, axis=1) / ops.sum(weights, axis=1)

    def cancels_samples(self, batch_size):
        """The harness refuses weights whose effect this formula cancels, and completes 'since ...' with this."""
        return "the formula divides by a sample's own sum(w)"

    def get_config(self):
        """What builds this loss again."""
        return {**super().get_config(), "quantile": self.quantile}


def peak(y_true: np.ndarray, y_pred: np.ndarray, weights: np.ndarray) -> float:
    """How far the highest value of a forecast is from the true one, a mean over samples, in the target's unit.

    y_true, y_pred: [n, outputs]; weights: [outputs] or [n, outputs], not used.
    """
    return float(np.mean(np.abs(y_true.max(axis=1) - y_pred.max(axis=1))))


def direction(y_true: np.ndarray, y_pred: np.ndarray, weights: np.ndarray) -> float:
    """The share of the steps from output to output whose sign is right: higher is better. Arguments: `peak`."""
    return float(np.mean(np.sign(np.diff(y_true)) == np.sign(np.diff(y_pred))))


def perceptron(lookback: int, features: int, outputs: int, *, units: Count) -> keras.Model:
    """[batch, lookback, features] -> [batch, outputs]: one hidden layer that sees the whole window."""
    inputs = keras.Input((lookback, features))
    hidden = keras.layers.Dense(units, activation="tanh")(keras.layers.Flatten()(inputs))
    return keras.Model(inputs, keras.layers.Dense(outputs)(hidden))


def two_waves(*, rows: Count, seed: Seed, season: Count | None, unit: Unit) -> Series:
    """A wave of one season, one of 2.7 seasons, and noise: [rows, 1].

    A source takes its own keys alone. How windows are cut, split and scaled, the harness takes from the same YAML file.
    """
    time = np.arange(rows) * 2 * np.pi / (season or 12)
    noise = np.random.default_rng(seed).normal(scale=0.1, size=rows)
    values = np.sin(time) + np.sin(time / 2.7) + noise
    return Series(values[:, None], target=0, season=season, unit=unit, name="two_waves")
