"""Keeps a network as a logged MLflow model that loads and predicts without this package."""

import re
import shutil
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.tracking.mlflow.once import once
from harness.tracking.mlflow.place import Place, Store

if TYPE_CHECKING:
    import keras
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModelOutput
    from mlflow.models import Model, ModelSignature

READY = "READY"
# MLflow takes none of these in the name of a network.
NOT_IN_A_NAME = re.compile(r"""[/:.%"']""")
# Where MLflow puts networks below an experiment's artifacts, and what Keras saves below a network.
MODELS = "models"
FILE = "data/model.keras"
# The module that serves it, as it is called there, and its folder.
LOADER, CODE = "harness_forecaster", "code"
REQUIRED = ("tensorflow", "keras", "numpy")


def log_network(place: Place, store: Store, run_id: str, name: str, model: "keras.Model", example: np.ndarray) -> str:
    """Saves `model`, links it to the run, and keeps the first window of `example` [n, lookback, features] with it.

    The parts of `mlflow.keras.log_model`, for a given run: without an active run, without guessing the requirements
    and without a trial prediction, which together take seconds. Each part can be done again where it failed; the
    model is READY once all its files are there.

    Args:
        name: the run's; the network is shown under it.

    Returns:
        MLflow's id of the network.
    """
    client = store.client
    logged = place.do("log the network", _creation(store, run_id, name))
    place.do("keep the network's files", _save, place, logged, run_id, model, example)
    place.do("log the network as whole", client.finalize_logged_model, logged.model_id, READY)
    place.do("link the network to its run", _link, client, run_id, logged.model_id)
    return logged.model_id


def kept_network(store: Store, run_id: str) -> Any | None:
    """MLflow's entity of the network that was kept whole with the run, or None."""
    return next((logged for logged in _networks(store, run_id) if str(logged.status) == READY), None)


def remove_networks(store: Store, run_id: str) -> None:
    """Removes the networks of a run that was cut short: they would stand beside those of its next start."""
    for logged in _networks(store, run_id):
        store.client.delete_logged_model(logged.model_id)


def _networks(store: Store, run_id: str) -> list[Any]:
    return store.client.search_logged_models([store.experiment_id], f"source_run_id = '{run_id}'")


def _creation(store: Store, run_id: str, name: str) -> Callable[[], Any]:
    """What creates the run's network, once, with nothing in it yet."""
    shown = NOT_IN_A_NAME.sub("_", name)

    def find() -> Any | None:
        return next(iter(_networks(store, run_id)), None)

    def create() -> Any:
        at = store.experiment_id
        return store.client.create_logged_model(at, name=shown, source_run_id=run_id, model_type="keras")

    return once(find, create)


def _save(place: Place, logged: Any, run_id: str, model: "keras.Model", example: np.ndarray) -> None:
    import keras
    from mlflow.keras import save_model
    from mlflow.models import Model

    # A compiled model would take its loss along, and could not be loaded where that loss cannot be imported.
    bare = keras.Model(model.inputs, model.outputs, name=model.name)
    meta = Model(
        artifact_path=logged.artifact_location, run_id=run_id, model_uuid=logged.model_id, model_id=logged.model_id
    )
    with tempfile.TemporaryDirectory() as folder:
        save_model(
            bare,
            folder,
            mlflow_model=meta,
            signature=_signature(bare, example),
            input_example=example[:1],
            pip_requirements=[f"{package}=={version(package)}" for package in REQUIRED],
        )
        _serve_by_forecaster(meta, Path(folder))
        place.keep_network(logged, Path(folder))


def _serve_by_forecaster(meta: "Model", folder: Path) -> None:
    """Has MLflow serve the model by `forecaster.py`, which goes along; that it is a Keras model stays as it is."""
    from mlflow.pyfunc import FLAVOR_NAME, add_to_model

    (folder / CODE).mkdir()
    shutil.copyfile(Path(__file__).with_name("forecaster.py"), folder / CODE / f"{LOADER}.py")
    own = meta.flavors[FLAVOR_NAME]
    add_to_model(meta, loader_module=LOADER, data=own.get("data", "data"), code=CODE, env=own["env"])
    meta.save(str(folder / "MLmodel"))


def _link(client: "MlflowClient", run_id: str, model_id: str) -> None:
    from mlflow.entities import LoggedModelOutput

    # MLflow refuses to link a second time.
    if all(output.model_id != model_id for output in _linked(client, run_id)):
        client.log_outputs(run_id, [LoggedModelOutput(model_id, step=0)])


def _linked(client: "MlflowClient", run_id: str) -> "list[LoggedModelOutput]":
    outputs = client.get_run(run_id).outputs
    return outputs.model_outputs if outputs else []


def _signature(model: "keras.Model", example: np.ndarray) -> "ModelSignature":
    from mlflow.models import ModelSignature
    from mlflow.types import Schema, TensorSpec

    output = model.outputs[0]
    return ModelSignature(
        inputs=Schema([TensorSpec(example.dtype, (-1, *example.shape[1:]))]),
        outputs=Schema([TensorSpec(np.dtype(output.dtype), (-1, *output.shape[1:]))]),
    )
