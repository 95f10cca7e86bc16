"""What the metrics say of a network: on validation data while it trains, and on all splits at its end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from harness.baselines import baselines
from harness.data.scaling import Scaled, predictions, targets
from harness.data.scaling import inputs as scaled_inputs
from harness.metrics import FIRST, SKILL, Metrics, rmse_by_output, skill
from harness.spec import Split
from harness.trial.by_series import metrics_by_series
from harness.trial.inputs import Inputs

# How many training samples are kept to show what the loss does.
SHOWN_SAMPLES = 64
# The name of the trained one among the forecasts.
NETWORK = "network"


@dataclass(frozen=True)
class Result:
    """What a trained network is worth.

    Attributes:
        metrics: `val_*` and `test_*`, and skill where there are baselines.
        baselines: the test metrics of each naive baseline on the same windows.
        by_output: RMSE on test of each forecast, [outputs], the network's under NETWORK.
        forecast: the network's on test, [n, outputs], in the data's own units.
        batch: some training samples as the loss meets them: rows [b], targets and predictions [b, outputs], scaled.
        by_series: see `metrics_by_series`.
    """

    metrics: Mapping[str, float]
    baselines: Mapping[str, Mapping[str, float]]
    by_output: Mapping[str, np.ndarray]
    forecast: np.ndarray
    batch: tuple[np.ndarray, np.ndarray, np.ndarray]
    by_series: Sequence[Mapping[str, object]]


@dataclass(frozen=True)
class Evaluator:
    """Evaluates one network, as it stands at each call, on the inputs of its trial.

    Attributes:
        inputs: the trial's data, and the weights of its evaluation.
        metrics: what it is evaluated by.
        predict: scaled x [n, lookback, features] -> scaled predictions [n, outputs].
    """

    inputs: Inputs
    metrics: Metrics
    predict: Callable[[Scaled], np.ndarray]

    def on_validation(self) -> dict[str, float]:
        """Every metric on validation data, by its name in the store."""
        validation = self.inputs.data.validation
        forecast = self._forecast(validation, self._x_validation)
        return self.metrics.evaluate("val", validation.truth, forecast, self.inputs.evaluation["val"])

    def result(self, validation: Mapping[str, float] | None = None) -> Result:
        """Every metric on validation and test data, beside the naive baselines on the same test windows.

        validation: what `on_validation` gave for the network as it stands; None: it is asked.
        """
        data, test = self.inputs.data, self.inputs.data.test
        weights, truth = self.inputs.evaluation["test"], test.truth
        forecast = self._forecast(test, scaled_inputs(data.scaling, test.x))
        forecasts = {NETWORK: forecast, **baselines(test.x, test.y.shape[1], data.target, data.season)}
        scores = {name: self.metrics.evaluate("test", truth, values, weights) for name, values in forecasts.items()}
        own = {**(validation or self.on_validation()), **scores.pop(NETWORK)}
        if scores:
            own[SKILL] = skill(own[f"test_{FIRST}"], [metrics[f"test_{FIRST}"] for metrics in scores.values()])
        return Result(
            own,
            scores,
            {name: rmse_by_output(truth, values) for name, values in forecasts.items()},
            forecast,
            shown_samples(self.inputs, self.predict),
            metrics_by_series(self.metrics, data, forecasts, weights),
        )

    @cached_property
    def _x_validation(self) -> Scaled:
        return scaled_inputs(self.inputs.data.scaling, self.inputs.data.validation.x)

    def _forecast(self, split: Split, x: Scaled) -> np.ndarray:
        return predictions(self.inputs.data.scaling, split.x, self.predict(x))


def shown_samples(
    inputs: Inputs, predict: Callable[[np.ndarray], np.ndarray]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Some training samples as the loss meets them: (rows [b], targets and predictions [b, outputs], scaled)."""
    train, scaling = inputs.data.train, inputs.data.scaling
    rows = np.random.default_rng(0).choice(len(train.x), min(SHOWN_SAMPLES, len(train.x)), replace=False)
    x, y = train.x[rows], train.y[rows]
    return rows, targets(scaling, x, y), predict(scaled_inputs(scaling, x))
