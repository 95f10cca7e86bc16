"""Of a whole trial whose network is solved for, against NumPy in float64."""

import keras
import numpy as np

from harness.data.framing import SeriesFraming
from harness.data.scaling import inputs, targets
from harness.data.windows import cut
from harness.metrics import BUILT_IN
from harness.models.ridge import Ridge
from harness.spec import Series, SolvedFamily
from harness.training.predictor import predictor
from harness.training.settings import Training
from harness.training.solve import solve

ROWS = np.cumsum(np.random.default_rng(0).normal(size=(90, 1)), axis=0)
FRAMING = SeriesFraming(5, 3, 1, [0.6, 0.2, 0.2], "grow", "refuse", "standard")
WEIGHTS = np.array([0.5, 1.0, 1.5])


def test_it_leaves_one_epoch_with_its_loss_and_its_validation():
    data = cut([Series(ROWS, 0, None, "", "walk")], FRAMING, 0)
    family = Ridge(0.1, True)
    network = family(5, 1, 3)
    predict = predictor(network, False)

    def validate():
        z = predict(inputs(data.scaling, data.validation.x))
        return BUILT_IN.evaluate("val", data.validation.y, z, WEIGHTS)

    training = Training(
        epochs=1,
        batch_size=8,
        optimizer=keras.optimizers.Adam,
        callbacks=[],
        metrics=BUILT_IN,
        monitor="val_mae",
        patience=1,
        jit_compile=False,
    )
    history = solve(family, network, data, WEIGHTS, predict, validate, training)
    x, y = data.train.x[:], data.train.y
    kernel, bias = (np.float64(a) for a in network.get_weights())
    error = targets(data.scaling, x, y) - (inputs(data.scaling, x).reshape(len(x), -1) @ kernel + bias)
    np.testing.assert_allclose(history.own_loss, [(WEIGHTS * error**2).mean()], rtol=1e-5)
    assert history.validation == validate()
    assert history.monitor == [history.validation["val_mae"]]
    assert (history.best_epoch, len(history.seconds)) == (1, 1)


def test_families_that_train_are_not_solved():
    assert isinstance(Ridge(0.1, True), SolvedFamily)
    assert not isinstance(lambda lookback, features, outputs: None, SolvedFamily)
