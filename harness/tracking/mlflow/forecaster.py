"""How a kept network is served. This file goes along with each network: it needs no code of the project.

MLflow's own way of serving a Keras model rounds histories to float32, and answers a history with a missing or an
infinite value with numbers.
"""

from pathlib import Path
from typing import Any

import keras
import numpy as np
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE

# Histories that are forecast at a time.
AT_ONCE = 256


class Forecaster:
    """A kept network behind MLflow's interface."""

    def __init__(self, network: keras.Model):
        self.network = network

    def predict(self, data: Any, params: Any = None) -> np.ndarray:
        """[n, lookback, features] -> [n, outputs], float64, both in the data's own units.

        Raises:
            MlflowException: a value that is missing or infinite; a server answers with status 400.
        """
        histories = np.asarray(data, np.float64)
        wrong = np.argwhere(~np.isfinite(histories))
        if len(wrong):
            window, row, feature = (int(place) for place in wrong[0])
            raise MlflowException(
                f"The history holds {len(wrong)} missing or infinite values, the first in window {window}, row {row}, "
                f"feature {feature}, counted from 0. Fill them as in training.",
                INVALID_PARAMETER_VALUE,
            )
        parts = [histories[at : at + AT_ONCE] for at in range(0, len(histories), AT_ONCE)]
        # Not `predict`, which rounds to float32.
        return np.concatenate([np.asarray(self.network(part, training=False)) for part in parts])


def _load_pyfunc(path: str) -> Forecaster:
    """What MLflow calls. path: the folder that Keras saved to."""
    network: Any = keras.models.load_model(Path(path) / "model.keras", compile=False)
    return Forecaster(network)
