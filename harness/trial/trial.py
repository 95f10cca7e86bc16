"""One trial: config -> data -> weights -> network -> loss variant -> fit -> panel -> tracked run."""

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any

import keras
import numpy as np

from harness.baselines import baselines
from harness.config.build import Parts
from harness.data.scaling import inputs as scaled_inputs
from harness.data.scaling import predictions, targets
from harness.errors import InputError
from harness.metrics import FIRST, SKILL, rmse_by_output, skill
from harness.spec import Dataset, Outcome
from harness.training.export import coarseness, export_network
from harness.training.fit import fit, predictor
from harness.training.history import History
from harness.trial import record
from harness.trial.by_series import metrics_by_series
from harness.trial.claim import claim
from harness.trial.inputs import Inputs, evaluation_weights, read_inputs

# How many training samples are kept to show what the loss does.
SHOWN_SAMPLES = 64
KILOBYTES_A_MB = 1024


@dataclass(frozen=True)
class Result:
    """What the panel says of a trained network, on test but for the metrics named val_*.

    metrics: scalars by name; by_output: RMSE of each output; naive and naive_by_output: the same of each baseline;
    forecast: [n, outputs] in the data's own units; evaluation_weights: what the metrics weigh errors with, and those of
    the trial's own scheme, if it has any for test samples; batch: some training samples as the loss meets
    them: (rows [b], targets and predictions [b, outputs], scaled); by_series: see `metrics_by_series`.
    """

    metrics: Mapping[str, float]
    by_output: np.ndarray
    naive: Mapping[str, Mapping[str, float]]
    naive_by_output: Mapping[str, np.ndarray]
    forecast: np.ndarray
    evaluation_weights: Mapping[str, np.ndarray]
    batch: tuple[np.ndarray, np.ndarray, np.ndarray]
    by_series: Sequence[Mapping[str, Any]]


def run(
    parts: Parts,
    prepared: tuple[Inputs, keras.Model],
    labels: Mapping[str, str],
    sweep: str | None,
    resume: bool,
    on_epoch: Callable[[int, History], None],
) -> Outcome:
    """Runs one trial and keeps it as one tracked run.

    A trial that was killed resumes from its last epoch, and ends as if it had never stopped. In a sweep a FINISHED run
    of this very trial stands for it.

    Args:
        prepared: what `prepare` gave for these parts.
        labels, sweep, resume: see `claim`.
        on_epoch: called with the epoch and the history so far after every epoch.

    Raises:
        DivergedError: in training; the run is kept as FAILED, as for any other error.
    """
    inputs, network = prepared
    reuse = resume and sweep is not None
    with claim(parts, inputs, labels, sweep, resume=resume, reuse=reuse) as run:
        if run.needs_record:
            train_and_write(parts, inputs, network, run.folder, on_epoch)
        return run.commit()


def prepare(parts: Parts) -> tuple[Inputs, keras.Model]:
    """Reads the data, makes the weights, builds the network: all that can be refused before training.

    The seed gives every loss variant the same initial weights.

    Raises:
        InputError: whatever is wrong with them, or a loss variant under which these weights make no sense.
    """
    inputs = read_inputs(parts.sources)
    parts.loss.check(inputs.weights, parts.training.batch_size)
    keras.backend.clear_session()
    keras.utils.set_random_seed(parts.seed)
    return inputs, parts.family(*inputs.data.train.x.shape[1:], inputs.data.train.y.shape[1])


def learned_from(parts: Parts, inputs: Inputs, network: keras.Model):
    """(the network under its loss variant, the scaled arrays it is fitted to)."""
    train, scaling = inputs.data.train, inputs.data.scaling
    arrays = scaled_inputs(scaling, train.x), targets(scaling, train.x, train.y), inputs.weights
    return parts.loss.fittable(network, inputs.weights), arrays


def train(parts: Parts, inputs: Inputs, network: keras.Model, predict, checkpoint: Path | None, on_epoch) -> History:
    """Trains the prepared network in place, under the loss variant; predict: see `predictor`."""
    fittable, arrays = learned_from(parts, inputs, network)
    validate = validator(parts, inputs, predict)
    return fit(network, fittable, arrays, validate, parts.training, parts.seed, on_epoch, checkpoint)


def parameter_counts(network: keras.Model, history: History) -> dict[str, str]:
    """The tags that say how many parameters the network has, and how many the loss owns where it owns any."""
    own = sum(values.size for values in history.owned.values())
    return {"parameters": str(network.count_params()), **({"loss_parameters": str(own)} if own else {})}


def validator(parts: Parts, inputs: Inputs, predict) -> Callable[[], dict[str, float]]:
    """The panel on validation data, of the network as it stands when this is called; predict as in `train`."""
    data = inputs.data
    x_validation = scaled_inputs(data.scaling, data.validation.x)

    def validate():
        forecast = predictions(data.scaling, data.validation.x, predict(x_validation))
        return parts.metrics.evaluate("val", data.validation.y, forecast, inputs.evaluation["val"])

    return validate


def evaluate(parts: Parts, inputs: Inputs, predict) -> Result:
    """The panel of a network's predictions, and of the naive baselines on the same windows; predict as in `train`."""
    data, test = inputs.data, inputs.data.test
    metrics = {}
    for name, split in (("val", data.validation), ("test", test)):
        forecast = predictions(data.scaling, split.x, predict(scaled_inputs(data.scaling, split.x)))
        metrics |= parts.metrics.evaluate(name, split.y, forecast, inputs.evaluation[name])
    naive = baselines(test.x, test.y.shape[1], data.target, data.season)
    scores = {
        name: parts.metrics.evaluate("test", test.y, values, inputs.evaluation["test"])
        for name, values in naive.items()
    }
    if scores:
        metrics[SKILL] = skill(metrics[f"test_{FIRST}"], [each[f"test_{FIRST}"] for each in scores.values()])
    by_output = {name: rmse_by_output(test.y, values) for name, values in naive.items()}
    evaluation_weights = {"evaluation_weights": inputs.evaluation["test"], **_own_weights(parts, data)}
    series = metrics_by_series(parts.metrics, data, {"network": forecast, **naive}, inputs.evaluation["test"])
    batch = shown_samples(inputs, predict)
    by_network = rmse_by_output(test.y, forecast)
    return Result(metrics, by_network, scores, by_output, forecast, evaluation_weights, batch, series)


def _own_weights(parts: Parts, data: Dataset) -> dict[str, np.ndarray]:
    """What the trial's scheme says of test samples; a file of weights for training samples alone says nothing."""
    try:
        return {"own_weights": evaluation_weights(parts.sources.weights, data)["test"]}
    except InputError:
        return {}


def shown_samples(inputs: Inputs, predict) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Some training samples as the loss meets them: (rows [b], targets and predictions [b, outputs], scaled)."""
    train, scaling = inputs.data.train, inputs.data.scaling
    rows = np.random.default_rng(0).choice(len(train.x), min(SHOWN_SAMPLES, len(train.x)), replace=False)
    x, y = train.x[rows], train.y[rows]
    return rows, targets(scaling, x, y), predict(scaled_inputs(scaling, x))


def train_and_write(parts: Parts, inputs: Inputs, network: keras.Model, folder: Path, on_epoch, opening=None) -> None:
    """Trains, judges, and writes the record of it below `folder`, which keeps the checkpoint meanwhile.

    opening: see `record.write`.
    """
    started, predict = time.perf_counter(), predictor(network)
    history = train(parts, inputs, network, predict, folder / "checkpoint.npz", on_epoch)
    trained = time.perf_counter()
    result = evaluate(parts, inputs, predict)
    metrics = {
        **result.metrics,
        "train_seconds": history.seconds[-1],
        "evaluate_seconds": time.perf_counter() - trained,
        "epochs": len(history.own_loss),
        "peak_memory_mb": getrusage(RUSAGE_SELF).ru_maxrss / KILOBYTES_A_MB,
    }
    tags = {
        "unit": inputs.data.unit,
        **parameter_counts(network, history),
        "seconds": str(time.perf_counter() - started),
    }
    coarse = coarseness(inputs.data.test.x, metrics["test_rmse"])
    if coarse:
        tags["coarse"] = coarse
        warnings.warn(coarse, stacklevel=1)
    record.write(
        folder,
        record.points(metrics, result.by_output, history, parts.training.monitor),
        tags,
        lambda files: record.write_files(files, parts, inputs, history, result),
        network=(export_network(network, inputs.data.scaling), inputs.data.test.x[:2]),
        opening=opening,
        outcome={"baselines": result.naive},
    )
