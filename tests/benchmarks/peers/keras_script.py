"""The sweep as a script of Hydra, Keras and MLflow, as the documentation of these tools shows each of them."""

import json
import os
from pathlib import Path

import hydra
import keras
import mlflow
import numpy as np
from hydra.core.hydra_config import HydraConfig
from keras import ops
from omegaconf import DictConfig

from tests.benchmarks.job import LEARNING_RATE, Job, weights, windows


def weighted_rmse(w):
    def loss(y_true, y_pred):
        squares = ops.sum(w * ops.square(y_true - y_pred), axis=-1)
        return ops.sqrt(ops.maximum(squares, 1e-30)) / ops.sum(w)

    return loss


def weighted_mse(w):
    def loss(y_true, y_pred):
        return ops.sum(w * ops.square(y_true - y_pred), axis=-1) / ops.sum(w)

    return loss


@hydra.main(version_base="1.3", config_path=".", config_name="keras_script")
def main(config: DictConfig) -> None:
    job = Job.from_json(config.job)
    train, validation, test, scale = windows(job)
    w = weights(config.weights, job.outputs).astype("float32")
    keras.utils.set_random_seed(config.seed)
    inputs = keras.Input((job.lookback, 1))
    outputs = keras.layers.Dense(job.outputs)(keras.layers.LSTM(config.units)(inputs))
    y, y_validation, sample_weight, loss = train.y, validation.y, None, None
    if config.loss == "sample_weight":
        # One weight an output needs an output of [outputs, 1]: Keras averages the last axis first.
        outputs = keras.layers.Reshape((job.outputs, 1))(outputs)
        y, y_validation = y[..., None], y_validation[..., None]
        sample_weight, loss = np.broadcast_to(w, train.y.shape), "mse"
    else:
        loss = {"weighted_rmse": weighted_rmse, "weighted_mse": weighted_mse}[config.loss](w)
    model = keras.Model(inputs, outputs)
    rmse = keras.metrics.RootMeanSquaredError(name="rmse")
    model.compile(keras.optimizers.Adam(LEARNING_RATE), loss=loss, metrics=[rmse])

    with mlflow.start_run():
        mlflow.log_params({key: config[key] for key in ("loss", "weights", "units", "seed")})
        best = keras.callbacks.EarlyStopping("val_rmse", mode="min", patience=job.epochs, restore_best_weights=True)
        model.fit(
            train.x[..., None],
            y,
            sample_weight=sample_weight,
            batch_size=job.batch_size,
            epochs=job.epochs,
            validation_data=(validation.x[..., None], y_validation),
            callbacks=[best, mlflow.tensorflow.MlflowCallback()],
            verbose=0,
        )
        forecast = model.predict(test.x[..., None], verbose=0).reshape(test.y.shape)
        error = float(scale * np.sqrt(np.mean((forecast - test.y) ** 2)))
        mlflow.log_metric("test_rmse", error)
        mlflow.tensorflow.log_model(model, name="model")
    name = " ".join(str(config[key]) for key in ("loss", "weights", "units", "seed"))
    (Path(HydraConfig.get().runtime.output_dir) / "rmse.json").write_text(json.dumps({name: error}))


if __name__ == "__main__":
    mlflow.set_tracking_uri(f"sqlite:///{os.getcwd()}/mlflow.db")
    mlflow.set_experiment("losses")
    main()
