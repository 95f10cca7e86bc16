import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import keras
import numpy as np
import pytest

from harness.tracking.logger import Opening
from harness.tracking.mlflow.local_place import LocalPlace
from harness.tracking.mlflow.logged_network import log_network

# Runs where neither this package nor the class of the network's loss can be imported.
PROGRAM = """
import sys
sys.modules["harness"] = None
import json, mlflow, numpy as np
uri, run_id = sys.argv[1:]
mlflow.set_tracking_uri(uri)
x = np.load("x.npy")
(output,) = mlflow.MlflowClient().get_run(run_id).outputs.model_outputs
model = mlflow.pyfunc.load_model(f"models:/{output.model_id}")
plain = mlflow.keras.load_model(f"models:/{output.model_id}")
found = [model.predict(x), plain.predict(x, verbose=0), model.predict(model.input_example)]
json.dump([np.asarray(y).tolist() for y in found], open("found.json", "w"))
"""


@keras.saving.register_keras_serializable(package="tests")
class OwnLoss(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)


@pytest.fixture
def kept(logger, kept_network):
    """The id of a run with a network that was compiled with the loss above."""
    network = keras.models.load_model(kept_network / "network.keras")
    network.compile(loss=OwnLoss(), optimizer="adam")
    network.save(kept_network / "network.keras")
    logger.start(Opening("a run, data.gap=5", {}, {}))
    logger.network(kept_network)
    return logger.close("FINISHED", {})


@pytest.mark.slow
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
    assert (logged.name, logged.source_run_id, str(logged.status)) == ("a run, data_gap=5", kept, "READY")
    folder = Path(logged.artifact_location.removeprefix("file://"))
    info = Model.load(str(folder))
    (x,), (y,) = info.signature.inputs.inputs, info.signature.outputs.inputs
    assert (x.type, x.shape) == (np.dtype("float64"), (-1, 6, 2))
    assert (y.type, y.shape) == (np.dtype("float32"), (-1, 3))
    requirements = (folder / "requirements.txt").read_text().split()
    assert {f"{name}=={version(name)}" for name in ("tensorflow", "keras", "numpy")} < set(requirements)


def test_a_compiled_network_is_kept_without_its_loss_and_stays_as_it_was(store, logger):
    """A network that is kept with its loss can be loaded only where that loss can be imported."""
    network = keras.Sequential([keras.Input((6, 2)), keras.layers.Flatten(), keras.layers.Dense(3)])
    network.compile(loss=OwnLoss(), optimizer="adam")
    logger.start(Opening("a run", {}, {}))
    place = LocalPlace.of(**store)
    opened = place.open()
    log_network(place, opened, logger.run_id, "a run", network, np.ones((1, 6, 2)))
    assert network.compiled
    assert isinstance(network.loss, OwnLoss)
    assert not keras.models.load_model(place.files(opened, logger.run_id, "RUNNING").network()).compiled
