"""Keeps a network as a logged MLflow model that loads and predicts without this package."""

import tempfile
from importlib.metadata import version
from typing import Any

import numpy as np

NAME = "network"
REQUIRED = ("tensorflow", "keras", "numpy")


def log_network(client: Any, experiment_id: str, run_id: str, model: Any, example: np.ndarray) -> None:
    """Saves `model`, links it to the run, and keeps the first window of `example` [n, lookback, features] with it.

    The parts of `mlflow.keras.log_model`, for a given run: without an active run, without guessing the requirements
    and without a trial prediction, which together take seconds.
    """
    import keras
    import mlflow.keras
    from mlflow.entities import LoggedModelOutput
    from mlflow.models import Model

    # A compiled model would take its loss along, and could not be loaded where that loss cannot be imported.
    bare = keras.Model(model.inputs, model.outputs, name=model.name)
    logged = client.create_logged_model(experiment_id, name=NAME, source_run_id=run_id, model_type="keras")
    meta = Model(
        artifact_path=logged.artifact_location, run_id=run_id, model_uuid=logged.model_id, model_id=logged.model_id
    )
    with tempfile.TemporaryDirectory() as folder:
        mlflow.keras.save_model(
            bare,
            folder,
            mlflow_model=meta,
            signature=_signature(bare, example),
            input_example=example[:1],
            pip_requirements=[f"{package}=={version(package)}" for package in REQUIRED],
        )
        client.log_model_artifacts(logged.model_id, folder)
    client.finalize_logged_model(logged.model_id, "READY")
    client.log_outputs(run_id, [LoggedModelOutput(logged.model_id, step=0)])


def _signature(model: Any, example: np.ndarray) -> Any:
    from mlflow.models import ModelSignature
    from mlflow.types import Schema, TensorSpec

    output = model.outputs[0]
    return ModelSignature(
        inputs=Schema([TensorSpec(example.dtype, (-1, *example.shape[1:]))]),
        outputs=Schema([TensorSpec(np.dtype(output.dtype), (-1, *output.shape[1:]))]),
    )
