"""The same networks in neuralforecast: trained under weights, and its losses at given arrays."""

import json
import logging
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas
import torch
from neuralforecast import NeuralForecast
from neuralforecast.losses.pytorch import MSE, RMSE
from neuralforecast.models import NLinear

from tests.benchmarks.job import TARGET

SERIES = "one"


class Gru(NLinear):
    """A GRU whose last state is decoded at once: neuralforecast's own decodes each step of the history apart."""

    def __init__(self, h, input_size, units, **others):
        super().__init__(h, input_size, **others)
        self.gru = torch.nn.GRU(1, units, batch_first=True)
        self.linear = torch.nn.Linear(units, h)

    def forward(self, windows_batch):
        history = windows_batch["insample_y"]
        last = history[:, -1:]
        return (self.linear(self.gru(history - last)[0][:, -1]) + last[..., 0])[..., None]


def forecasts(asked: dict, model: str, seed: int, column: list[float] | None) -> tuple[np.ndarray, np.ndarray]:
    """(forecast, truth) of every test window, [n, outputs].

    column: a weight for each row of the file, which neuralforecast takes as `sample_weight`.
    """
    table = pandas.read_csv(asked["data"]).iloc[: sum(asked["rows"])]
    frame = pandas.DataFrame({"unique_id": SERIES, "ds": pandas.to_datetime(table["date"]), "y": table[TARGET]})
    if column is not None:
        frame["sample_weight"] = column
    _, validation, test = asked["rows"]
    settings = {
        "h": asked["outputs"],
        "input_size": asked["lookback"],
        "loss": MSE(horizon_weight=torch.tensor(asked["weights"])),
        "max_steps": asked["steps"],
        "learning_rate": asked["learning_rate"],
        "batch_size": 1,
        "windows_batch_size": asked["batch_size"],
        "random_seed": seed,
        "val_check_steps": asked["steps"],
        "accelerator": "cpu",
        "enable_progress_bar": False,
        "enable_model_summary": False,
        "logger": False,
        "enable_checkpointing": False,
        "alias": "it",
    }
    network = NLinear(**settings) if model == "nlinear" else Gru(**settings, units=asked["units"])
    found = NeuralForecast([network], freq="h").cross_validation(
        frame, n_windows=None, val_size=validation, test_size=test
    )
    found = found.sort_values(["cutoff", "ds"])
    return tuple(found[name].to_numpy().reshape(-1, asked["outputs"]) for name in ("it", "y"))


def losses(arrays: dict) -> dict[str, object]:
    """What its losses give for `truth` and `forecast` [n, outputs] under shared weights, and under those of each."""
    truth, forecast, shared, each = (torch.tensor(arrays[name])[..., None] for name in ("truth", "forecast", "w", "W"))
    perfect = truth.clone().requires_grad_()
    RMSE(horizon_weight=shared)(truth, perfect).backward()
    try:
        refused = float(MSE(horizon_weight=each)(truth, forecast))
    except AssertionError as error:
        refused = f"refused: {error}"
    return {
        "rmse": float(RMSE(horizon_weight=shared)(truth, forecast)),
        "mse": float(MSE(horizon_weight=shared)(truth, forecast)),
        "slope at zero error": float(perfect.grad[0, 0, 0]),
        "weights of each sample": refused,
    }


def main() -> None:
    """Writes what is asked for, as JSON in the file that is named, to the folder that it is started in."""
    logging.getLogger("lightning").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    asked = json.loads(Path(sys.argv[1]).read_text())
    for name, (model, seed, column) in asked["fits"].items():
        forecast, truth = forecasts(asked, model, seed, column)
        np.savez(f"{name}.npz", forecast=forecast, truth=truth)
    Path("losses.json").write_text(json.dumps(losses(asked["losses"])))


if __name__ == "__main__":
    main()
