"""One trial: config -> data -> weights -> network -> loss variant -> fit -> panel -> tracked run."""

import json
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from harness import record
from harness.build import Parts
from harness.contracts import Outcome
from harness.data.scaling import inputs as scaled_inputs
from harness.data.scaling import predictions, targets
from harness.errors import TrackingError
from harness.inputs import Inputs, read_inputs
from harness.lock import held
from harness.models.naive import baselines
from harness.models.own_units import own_units
from harness.panel import panel, rmse_by_output, skill
from harness.training import History, fit, predictor


@dataclass(frozen=True)
class Result:
    """What the panel says of a trained network, on test but for the metrics named val_*.

    metrics: scalars by name; by_output: RMSE of each output; naive and naive_by_output: the same of each baseline;
    forecast: [n, outputs] in the data's own units.
    """

    metrics: Mapping[str, float]
    by_output: np.ndarray
    naive: Mapping[str, Mapping[str, float]]
    naive_by_output: Mapping[str, np.ndarray]
    forecast: np.ndarray


def run(
    parts: Parts,
    prepared: tuple[Inputs, keras.Model],
    labels: Mapping[str, str],
    sweep: str | None,
    resume: bool,
    on_epoch: Callable[[int, History], None],
) -> Outcome:
    """Runs one trial and keeps it as one tracked run.

    One that was killed goes on from its last epoch, and ends as if it had never stopped. Only one process at a time
    runs a trial.

    Args:
        prepared: what `prepare` gave for these parts.
        labels: what tells this trial's variant from the others of its sweep.
        sweep: the sweep it belongs to, or None.
        resume: whether a FINISHED run of this very trial, or what an earlier start left of it, stands for it.
        on_epoch: told the epoch and the history so far after every epoch.

    Raises:
        DivergedError: in training; the run is kept as FAILED, as for any other error.
    """
    inputs, network = prepared
    name = inputs.fingerprint
    folder = Path(parts.config["trials"]) / name
    with held(folder / "lock"):
        if resume and sweep and (kept := _finished(parts.tracker, name)):
            return record.outcome_of(kept, labels, parts.seed, name)
        if not resume:
            shutil.rmtree(folder / record.FOLDER, ignore_errors=True)
            (folder / "checkpoint.npz").unlink(missing_ok=True)
        started = _start(parts, labels, sweep, inputs)
        try:
            if not record.is_written(folder):
                train_and_write(parts, inputs, network, folder, on_epoch)
        except Exception as error:
            if started:
                with suppress(TrackingError):
                    record.close_failed(parts.tracker, error)
            shutil.rmtree(folder)
            raise
        try:
            if not started:
                parts.tracker.start(*record.opening(parts.config, parts.names, labels, sweep, inputs))
            kept = record.deliver(folder, parts.tracker, inputs.data, parts.names["data"], inputs.data_hash)
        except TrackingError as error:
            waits = f"waits in {folder} to be delivered: {error}"
            return record.outcome_of(record.waiting(folder), labels, parts.seed, name, waits)
        shutil.rmtree(folder)
        return record.outcome_of(kept, labels, parts.seed, name)


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
    data = inputs.data
    x_validation = scaled_inputs(data.scaling, data.validation.x)

    def validate():
        forecast = predictions(data.scaling, data.validation.x, predict(x_validation))
        return _named("val", panel(data.validation.y, forecast, inputs.judge["val"]))

    fittable, arrays = learned_from(parts, inputs, network)
    return fit(network, fittable, arrays, validate, parts.training, parts.seed, on_epoch, checkpoint)


def judge(inputs: Inputs, predict) -> Result:
    """The panel of a network's predictions, and of the naive baselines on the same windows; predict as in `train`."""
    data, test = inputs.data, inputs.data.test
    metrics = {}
    for name, split in (("val", data.validation), ("test", test)):
        forecast = predictions(data.scaling, split.x, predict(scaled_inputs(data.scaling, split.x)))
        metrics |= _named(name, panel(split.y, forecast, inputs.judge[name]))
    naive = baselines(test.x, test.y.shape[1], data.target, data.season)
    scores = {name: _named("test", panel(test.y, values, inputs.judge["test"])) for name, values in naive.items()}
    if scores:
        metrics["skill"] = skill(metrics["test_weighted_rmse"], [s["test_weighted_rmse"] for s in scores.values()])
    by_output = {name: rmse_by_output(test.y, values) for name, values in naive.items()}
    return Result(metrics, rmse_by_output(test.y, forecast), scores, by_output, forecast)


def train_and_write(parts: Parts, inputs: Inputs, network: keras.Model, folder: Path, on_epoch) -> None:
    """Trains, judges, and writes the record of it below `folder`, which keeps the checkpoint meanwhile."""
    started, predict = time.perf_counter(), predictor(network)
    history = train(parts, inputs, network, predict, folder / "checkpoint.npz", on_epoch)
    seconds = time.perf_counter() - started
    result = judge(inputs, predict)
    metrics = {**result.metrics, "train_seconds": seconds, "epochs": len(history.own_loss)}
    tags = {
        "parameters": str(network.count_params()),
        "baselines": json.dumps(result.naive),
        "seconds": str(time.perf_counter() - started),
    }
    record.write(
        folder,
        record.points(metrics, result.by_output, history, parts.training.monitor),
        tags,
        own_units(network, inputs.data.scaling),
        inputs.data.test.x[:2].astype(np.float32),
        lambda files: record.write_files(files, parts, inputs, history, result),
    )


def _finished(tracker, name):
    """The trial as another process kept it meanwhile."""
    with suppress(TrackingError):
        return tracker.finished([name]).get(name)


def _start(parts, labels, sweep, inputs):
    """Whether the run could be started; where the store is out of reach the trial is trained all the same."""
    try:
        parts.tracker.start(*record.opening(parts.config, parts.names, labels, sweep, inputs))
    except TrackingError:
        return False
    return True


def _named(split: str, metrics: Mapping[str, float]) -> dict[str, float]:
    return {f"{split}_{name}": value for name, value in metrics.items()}
