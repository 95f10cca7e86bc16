import subprocess
import sys

import keras
import numpy as np
import pytest

from harness.data import scaling as data_scaling
from harness.spec import Split
from harness.training.export import coarseness, export_network

NORMALISATIONS = ["last_value", "standard", "none"]
RNG = np.random.default_rng(0)
X = np.float32(RNG.normal([300, -2, 0.01], [7, 1, 0.002], (40, 6, 3))).astype("float64")
Y = RNG.normal(300, 9, (40, 5))
LATER = np.float32(RNG.normal([420, 5, 0.05], [7, 1, 0.002], (9, 6, 3)))


def scaling_for(normalise, target):
    return data_scaling.fit_scaling(
        Split(X, Y, np.arange(40), 40, series=np.zeros(40, int)), normalise=normalise, target=target
    )


def network():
    keras.utils.set_random_seed(0)
    history = keras.Input((6, 3))
    return keras.Model(history, keras.layers.Dense(5)(keras.layers.GRU(4)(history)))


def expected(trained, scaling, x):
    scaled = trained.predict(data_scaling.inputs(scaling, x.astype("float64")), verbose=0)
    return data_scaling.predictions(scaling, x.astype("float64"), scaled)


@pytest.mark.parametrize("normalise", NORMALISATIONS)
@pytest.mark.parametrize("target", [0, 1, 2])
def test_reads_and_predicts_in_the_datas_units(normalise, target):
    trained, scaling = network(), scaling_for(normalise, target)
    forecaster = export_network(trained, scaling)
    assert (forecaster.input_shape, forecaster.output_shape) == ((None, 6, 3), (None, 5))
    wanted = expected(trained, scaling, LATER)
    np.testing.assert_allclose(forecaster.predict(LATER, verbose=0), wanted, rtol=2e-6, atol=1e-5 * scaling.y_scale)


@pytest.mark.parametrize("normalise", NORMALISATIONS)
def test_any_batch_size(normalise):
    """As many samples as outputs (5), features (3) and steps (6) too: nothing may be added along the wrong axis."""
    trained, scaling = network(), scaling_for(normalise, 1)
    forecaster, wanted = export_network(trained, scaling), expected(trained, scaling, LATER)
    for n in range(1, 10):
        np.testing.assert_allclose(forecaster(LATER[:n]), wanted[:n], rtol=1e-5)


def test_without_a_target_in_the_history():
    trained, scaling = network(), scaling_for("standard", None)
    np.testing.assert_allclose(
        export_network(trained, scaling).predict(LATER, verbose=0), expected(trained, scaling, LATER), rtol=2e-6
    )


def test_last_value_with_one_step_and_one_feature():
    history = keras.Input((1, 1))
    trained = keras.Model(history, keras.layers.Dense(2, bias_initializer="ones")(keras.layers.Flatten()(history)))
    x, y = np.arange(4.0).reshape(4, 1, 1), np.arange(8.0).reshape(4, 2)
    scaling = data_scaling.fit_scaling(
        Split(x, y, np.arange(4), 4, series=np.zeros(4, int)), normalise="last_value", target=0
    )
    left = y - x[:, :, 0]
    forecast = export_network(trained, scaling).predict(np.float32([[[7.0]], [[0.5]]]), verbose=0)
    np.testing.assert_allclose(forecast, np.array([[7.0, 7.0], [0.5, 0.5]]) + left.std(), rtol=1e-6)


def test_shares_the_trained_variables():
    trained = network()
    forecaster = export_network(trained, scaling_for("last_value", 1))
    assert {id(v) for v in forecaster.weights} == {id(v) for v in trained.weights}


@pytest.mark.parametrize("normalise", ["last_value", "standard"])
def test_a_level_far_above_the_variation_costs_no_digits(normalise, tmp_path):
    """At 1e8 float32 knows every eighth number only; the network sees the variation alone."""
    level = np.array([1e8, 0, 0])
    x, y, later = X + level, Y + 1e8, LATER.astype("float64") + level
    scaling = data_scaling.fit_scaling(
        Split(x, y, np.arange(40), 40, series=np.zeros(40, int)), normalise=normalise, target=0
    )
    trained = network()
    wanted = expected(trained, scaling, later)
    export_network(trained, scaling).save(tmp_path / "network.keras")
    kept = keras.models.load_model(tmp_path / "network.keras")
    np.testing.assert_allclose(np.asarray(kept(later)), wanted, rtol=0, atol=1e-4)
    np.testing.assert_allclose(kept.predict_on_batch(later), wanted, rtol=0, atol=1e-4)
    # Why there is a message: Keras rounds what `predict` is given before the model sees it.
    assert np.abs(kept.predict(later, verbose=0) - wanted).max() > 0.1


def test_coarseness():
    histories = np.array([[[1e8], [-2.0]]])
    text = coarseness(histories, 0.331)
    assert "in steps of 8, and the RMSE is 0.33" in text
    assert "model(x)" in text
    # Numbers from 2^23 on, 8,388,608, stand 1 apart in float32: 0.29, root mean square.
    assert coarseness(np.array([8388608.0]), 28) != ""
    assert coarseness(np.array([8388608.0]), 29) == ""
    assert coarseness(np.array([420.0]), 1) == ""


RELOAD = """
import sys
sys.modules["harness"] = None  # any import of it raises
import keras, numpy as np
for name in sys.argv[2:]:
    model = keras.models.load_model(f"{sys.argv[1]}/{name}.keras")
    forecast = model.predict(np.load(sys.argv[1] + "/x.npy"), verbose=0)
    np.save(f"{sys.argv[1]}/{name}.npy", forecast)
"""


def test_reloads_without_this_project(tmp_path):
    np.save(tmp_path / "x.npy", LATER)
    before = {}
    for name in NORMALISATIONS:
        forecaster = export_network(network(), scaling_for(name, 1))
        forecaster.save(tmp_path / f"{name}.keras")
        before[name] = forecaster.predict(LATER, verbose=0)
    command = [sys.executable, "-c", RELOAD, str(tmp_path), *NORMALISATIONS]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name, forecast in before.items():
        np.testing.assert_array_equal(np.load(tmp_path / f"{name}.npy"), forecast)
