import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import keras
import numpy as np
import pytest

# Runs where neither this package nor the class of the network's loss can be imported.
PROGRAM = """
import sys
sys.modules["harness"] = None
import json, mlflow, numpy as np
uri, run_id = sys.argv[1:]
mlflow.set_tracking_uri(uri)
x = np.load("x.npy")
model = mlflow.pyfunc.load_model(f"runs:/{run_id}/network")
plain = mlflow.keras.load_model(f"runs:/{run_id}/network")
found = [model.predict(x), plain.predict(x, verbose=0), model.predict(model.input_example)]
json.dump([np.asarray(y).tolist() for y in found], open("found.json", "w"))
"""


@keras.saving.register_keras_serializable(package="tests")
class OwnLoss(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)


@pytest.fixture
def network():
    """The mean of each window's steps, times known weights: [n, 6, 2] -> [n, 3]."""
    network = keras.Sequential(
        [keras.Input((6, 2)), keras.layers.GlobalAveragePooling1D(), keras.layers.Dense(3, use_bias=False)]
    )
    network.layers[-1].set_weights([np.array([[1.0, 2.0, 3.0], [0.5, 0.0, -1.0]], "float32")])
    network.compile(loss=OwnLoss(), optimizer="adam")
    return network


@pytest.fixture
def kept(tracker, network):
    tracker.start("a run", {}, {})
    tracker.network(network, np.arange(24.0).reshape(2, 6, 2))
    return tracker.close("FINISHED", {})


def test_loads_and_predicts_without_this_package(kept, store, tmp_path):
    x = np.random.default_rng(0).normal(size=(7, 6, 2))
    np.save(tmp_path / "x.npy", x)
    done = subprocess.run([sys.executable, "-c", PROGRAM, store["uri"], kept], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    through_mlflow, through_keras, of_example = json.loads((tmp_path / "found.json").read_text())
    kernel = np.array([[1.0, 2.0, 3.0], [0.5, 0.0, -1.0]])
    np.testing.assert_allclose(through_mlflow, x.mean(axis=1) @ kernel, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(through_keras, x.mean(axis=1) @ kernel, rtol=1e-5, atol=1e-6)
    # The first window of the example is 0..11: its two features have the means 5 and 6.
    np.testing.assert_allclose(of_example, np.array([[5.0, 6.0]]) @ kernel, rtol=1e-5)


def test_belongs_to_the_run_with_signature_example_and_requirements(kept, client):
    from mlflow.models import Model

    run = client().get_run(kept)
    (output,) = run.outputs.model_outputs
    logged = client().get_logged_model(output.model_id)
    assert (logged.name, logged.source_run_id, str(logged.status)) == ("network", kept, "READY")
    folder = Path(logged.artifact_location.removeprefix("file://"))
    info = Model.load(str(folder))
    (x,), (y,) = info.signature.inputs.inputs, info.signature.outputs.inputs
    assert (x.type, x.shape) == (np.dtype("float64"), (-1, 6, 2))
    assert (y.type, y.shape) == (np.dtype("float32"), (-1, 3))
    requirements = (folder / "requirements.txt").read_text().split()
    assert {f"{name}=={version(name)}" for name in ("tensorflow", "keras", "numpy")} < set(requirements)


def test_leaves_the_network_compiled_as_it_was(tracker, network):
    tracker.start("a run", {}, {})
    tracker.network(network, np.ones((1, 6, 2)))
    assert network.compiled
    assert isinstance(network.loss, OwnLoss)
