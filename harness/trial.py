"""One trial: config -> data -> weights -> network -> loss variant -> fit -> panel -> tracked run."""

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from harness import record
from harness.build import Parts
from harness.contracts import Dataset, Outcome, Scheme, Split
from harness.data.digest import digest
from harness.data.scaling import inputs, predictions, targets
from harness.errors import InputError
from harness.fingerprint import array_hash, fingerprint
from harness.models.naive import baselines
from harness.models.own_units import own_units
from harness.panel import panel, rmse_by_output, skill
from harness.training import History, fit, predictor
from harness.weights.rescale import rescale
from harness.weights.validity import checked


@dataclass(frozen=True)
class Prepared:
    """What is known of a trial before anything is trained or written.

    network: untrained; weights: what it trains under, rescaled; judge: by split, what its panel weighs errors with.
    """

    data: Dataset
    network: keras.Model
    weights: np.ndarray
    judge: Mapping[str, np.ndarray]
    data_hash: str
    weights_hash: str
    fingerprint: str


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


def prepare(parts: Parts) -> Prepared:
    """Reads the data, makes the weights, builds the network.

    The seed gives every loss variant the same initial weights.

    Raises:
        InputError: whatever is wrong with them, or a loss variant under which these weights make no sense.
    """
    data = parts.source()
    weights = rescale(_weights(parts.scheme, "weights", data.train, data.train), parts.rescale)
    parts.loss.check(weights, parts.training.batch_size)
    judge = {
        name: _weights(parts.judge, "evaluate.weights", data.train, split)
        for name, split in (("val", data.validation), ("test", data.test))
    }
    keras.backend.clear_session()
    keras.utils.set_random_seed(parts.seed)
    network = parts.family(*data.train.x.shape[1:], data.train.y.shape[1])
    hashes = digest(data), array_hash(weights), array_hash(*judge.values())
    return Prepared(data, network, weights, judge, hashes[0], hashes[1], fingerprint(parts.config, *hashes))


def run(
    parts: Parts, labels: Mapping[str, str], sweep: str | None, on_epoch: Callable[[int, History], None]
) -> Outcome:
    """Runs one trial and keeps it as one tracked run.

    Args:
        labels: what tells this trial's variant from the others of its sweep.
        sweep: the sweep it belongs to, or None.
        on_epoch: told the epoch and the history so far after every epoch.

    Raises:
        InputError: nothing was trained. Outside a sweep nothing was written either.
        DivergedError: in training; the run is kept as FAILED, as for any other error.
    """
    started = time.perf_counter()
    try:
        prepared = prepare(parts)
    except Exception as error:
        if sweep:
            parts.tracker.start(*record.opening(parts, labels, sweep))
            record.close_failed(parts.tracker, error)
        raise
    parts.tracker.start(*record.opening(parts, labels, sweep, prepared))
    try:
        history, train_seconds = train(parts, prepared, on_epoch)
        result = judge(prepared)
        metrics = {**result.metrics, "train_seconds": train_seconds, "epochs": float(len(history.own_loss))}
        _keep(parts, prepared, history, result, metrics)
    except BaseException as error:
        record.close_failed(parts.tracker, error)
        raise
    run_id = parts.tracker.close("FINISHED", record.closing_tags(prepared.network, result.naive))
    return Outcome(
        status="FINISHED",
        labels=labels,
        seed=parts.seed,
        metrics=metrics,
        baselines=result.naive,
        fingerprint=prepared.fingerprint,
        seconds=time.perf_counter() - started,
        run_id=run_id,
    )


def train(parts: Parts, prepared: Prepared, on_epoch: Callable[[int, History], None]):
    """(history, seconds): trains the prepared network in place."""
    data, network, started = prepared.data, prepared.network, time.perf_counter()
    predict = predictor(network)
    x_validation = inputs(data.scaling, data.validation.x)

    def validate():
        forecast = predictions(data.scaling, data.validation.x, predict(x_validation))
        return _named("val", panel(data.validation.y, forecast, prepared.judge["val"]))

    history = fit(
        network,
        parts.loss.fittable(network, prepared.weights),
        (inputs(data.scaling, data.train.x), targets(data.scaling, data.train.x, data.train.y), prepared.weights),
        validate,
        parts.training,
        parts.seed,
        on_epoch,
    )
    return history, time.perf_counter() - started


def judge(prepared: Prepared) -> Result:
    """The panel of the network as it stands, and of the naive baselines on the same windows."""
    data, test = prepared.data, prepared.data.test
    predict = predictor(prepared.network)
    metrics = {}
    for name, split in (("val", data.validation), ("test", test)):
        forecast = predictions(data.scaling, split.x, predict(inputs(data.scaling, split.x)))
        metrics |= _named(name, panel(split.y, forecast, prepared.judge[name]))
    naive = baselines(test.x, test.y.shape[1], data.target, data.season)
    scores = {name: _named("test", panel(test.y, values, prepared.judge["test"])) for name, values in naive.items()}
    if scores:
        metrics["skill"] = skill(metrics["test_weighted_rmse"], [s["test_weighted_rmse"] for s in scores.values()])
    by_output = {name: rmse_by_output(test.y, values) for name, values in naive.items()}
    return Result(metrics, rmse_by_output(test.y, forecast), scores, by_output, forecast)


def _keep(parts, prepared, history, result, metrics):
    data, tracker = prepared.data, parts.tracker
    tracker.metrics(record.points(metrics, result.by_output, history, parts.training.monitor))
    tracker.dataset(data, parts.names["data"], prepared.data_hash)
    with tempfile.TemporaryDirectory() as folder:
        record.write_files(Path(folder), parts, prepared, history, result)
        tracker.artifact(Path(folder))
    tracker.network(own_units(prepared.network, data.scaling), data.test.x[:2].astype(np.float32))


def _weights(scheme: Scheme, key: str, train_split: Split, at: Split) -> np.ndarray:
    try:
        return checked(scheme(train_split, at), *at.y.shape)
    except InputError as error:
        raise InputError(error.key.replace("weights", key, 1), error.found, error.instead) from error


def _named(split: str, metrics: Mapping[str, float]) -> dict[str, float]:
    return {f"{split}_{name}": value for name, value in metrics.items()}
