"""A run as a store holds it: what it was given, what came of it, and its files."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
import yaml

from harness.kinds import Config

if TYPE_CHECKING:
    import keras

BY_OUTPUT = "test_rmse_by_output"
# As `yaml.safe_load`, ten times as fast where PyYAML was built with libyaml, as its wheels are.
FAST_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def is_scalar(metric: str) -> bool:
    """Whether a metric is one number for its run, by its name."""
    return "/" not in metric and metric != BY_OUTPUT


class Files(Protocol):
    """Where the files of one run are on this machine; what lies on a server is brought when it is asked for."""

    def path(self, name: str) -> Path:
        """The place of an artifact, such as `config.yaml`; nothing is there where the run has none of this name."""
        ...

    def network(self) -> Path | None:
        """The place of the kept network, a .keras file; None where none was kept."""
        ...


class Forecasts(NamedTuple):
    """Of every test window [n, outputs], in the target's own unit; weights: what its metrics weigh errors with."""

    forecast: np.ndarray
    truth: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True)
class Run:
    """A run, whatever came of it. Its files are read when they are asked for.

    Attributes:
        run_id: the store's name for it; empty where no store knows it.
        status: RUNNING | FINISHED | FAILED | KILLED.
        tags, params: texts by name.
        metrics: the last value of each.
        points: of each metric all its points [points, 2], step and value, in order of steps. `RunStore.finished` leaves
            them out.
        files: its artifacts and its network.
    """

    run_id: str
    status: str
    tags: Mapping[str, str]
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    points: Mapping[str, np.ndarray]
    files: Files

    @property
    def scalars(self) -> dict[str, float]:
        """The metrics that are one number for the run, and no last point of a curve."""
        return {name: value for name, value in self.metrics.items() if is_scalar(name)}

    @property
    def by_output(self) -> np.ndarray:
        """Test RMSE of each output: [outputs], in the target's unit. Raises KeyError where none was kept."""
        return self.points[BY_OUTPUT][:, 1]

    def curve(self, name: str) -> np.ndarray:
        """A learning curve, such as own_loss, val_weighted_rmse or seconds: [epochs]; empty where it was not kept."""
        return self.points.get(f"curve/{name}", np.empty((0, 2)))[:, 1]

    @cached_property
    def outcome(self) -> Mapping[str, Any]:
        """What else its result consists of: `baselines`, and of a search `repeats` and `best`."""
        return json.loads(self.files.path("outcome.json").read_text())

    @cached_property
    def config(self) -> Config:
        """The whole resolved config, nested."""
        return yaml.load(self.files.path("config.yaml").read_text(), FAST_LOADER)

    @cached_property
    def weights(self) -> np.ndarray:
        """What it was trained under: [outputs] or [training samples, outputs]."""
        return np.load(self.files.path("weights.npy"))

    @cached_property
    def test(self) -> Mapping[str, np.ndarray]:
        """The arrays of test.npz as they are stored; empty where there are none.

        forecast, truth: [n, outputs]; evaluation_weights and, if the trial's own scheme gives any for test samples,
        own_weights: [outputs] or [n, outputs]; series: [n].
        """
        return self._arrays("test.npz")

    @cached_property
    def batch(self) -> Mapping[str, np.ndarray]:
        """Some training samples as the loss met them: rows [b], y_true, y_pred [b, outputs], scaled; or empty."""
        return self._arrays("batch.npz")

    def forecasts(self) -> Forecasts:
        """Forecasts, truth and weights of the test windows, as float64.

        Raises:
            FileNotFoundError: the run has kept none, as one that is a search or has not finished.
        """
        if not self.test:
            raise FileNotFoundError(f"run {self.run_id} has kept no forecasts (status: {self.status})")
        forecast, truth = (np.asarray(self.test[name], np.float64) for name in ("forecast", "truth"))
        weights = np.asarray(self.test["evaluation_weights"], np.float64)
        return Forecasts(forecast, truth, np.broadcast_to(weights, truth.shape))

    def network(self) -> "keras.Model":
        """The kept network: [n, lookback, features] -> [n, outputs], both in the data's own units.

        Loading a network can run code: load those of stores that you trust.

        Raises:
            FileNotFoundError: the run has kept none.
        """
        import keras

        file = self.files.network()
        if file is None:
            raise FileNotFoundError(f"run {self.run_id} has kept no network (status: {self.status})")
        model: Any = keras.models.load_model(file, compile=False)
        return model

    def _arrays(self, name: str) -> dict[str, np.ndarray]:
        file = self.files.path(name)
        if not file.exists():
            return {}
        with np.load(file) as arrays:
            return dict(arrays)
