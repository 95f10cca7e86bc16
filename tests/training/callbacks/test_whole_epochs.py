"""An epoch that ends early is an error, though Keras takes it for the end of the data."""

import keras
import numpy as np
import pytest

from harness.losses.weighted_mse import WeightedMSE
from harness.training import fit as fitting
from harness.training.fit import fit
from harness.training.program import Program
from tests.training.short_training import training

X, Y, WEIGHTS = np.ones((70, 4, 2)), np.ones((70, 3)), np.ones(3)


@pytest.mark.parametrize("batches", [1, 2, 4, 6])
def test_data_that_ends_within_an_epoch_or_before_one_raises(monkeypatch, batches):
    history = keras.Input((4, 2))
    network = keras.Model(history, keras.layers.Dense(3)(keras.layers.Flatten()(history)))
    settings, arrays = training(), (X, Y, WEIGHTS)
    program = Program(network, WeightedMSE().fittable(network, WEIGHTS), settings, arrays)
    endless = fitting.batches
    monkeypatch.setattr(fitting, "batches", lambda *given: endless(*given).take(batches))
    with pytest.raises(RuntimeError, match=f"epoch {batches // 3 + 1} ended after {batches % 3} of 3 steps"):
        fit(program, arrays, lambda: {"val_rmse": 1.0}, settings, 0, lambda *given: None, None)
