"""A real store with runs that nobody trained: for tests of the report, and to time it.

python tests/report/simulated_store.py FOLDER VARIANTS SEEDS OUTPUTS
cd FOLDER && time python -m harness.report
"""

import json
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import yaml

from harness.config.build import resolve
from harness.config.overrides import CONF, composed
from harness.metrics import BUILT_IN, rmse_by_output, skill
from harness.spec import Outcome
from harness.tracking.logger import Opening
from harness.tracking.mlflow.run_store import MlflowStore
from harness.training.history import History
from harness.trial.fingerprint import array_hash
from harness.trial.opening import opening_of
from harness.trial.points import points

SWEEP = "2026-01-02_03-04-05-000006_abcdef"
EPOCHS, LOOKBACK, WINDOWS, ROWS = 5, 8, 120, 16
SPREAD_OF_SEEDS = 0.01


@dataclass(frozen=True)
class Simulated:
    """One variant of the sweep.

    overrides: what sets it apart; error: of its networks, as a share of the others'; seeds: those it is trained with;
    failed: those that gave nothing; data: one data set an entry.
    """

    overrides: dict
    error: float = 1.0
    seeds: tuple = (0, 1, 2)
    failed: tuple = ()
    data: str = "one"


def simulate(folder, variants, outputs=6, windows=WINDOWS, ended=True):
    """Writes `folder`/runs with a sweep of these variants; returns the store."""
    place = {"uri": f"sqlite:///{folder}/runs/mlflow.db", "artifacts": f"{folder}/runs/artifacts"}

    store = MlflowStore(**place, experiment="loss_variants", retry_seconds=30)
    store.prepare(BUILT_IN)
    outcomes = [each for variant in variants for each in _variant(store, variant, outputs, windows, folder)]
    sweep = store.logger()
    sweep.start(Opening(f"sweep {SWEEP}", {"role": "sweep", "sweep": SWEEP}, {"trials": len(outcomes)}))
    if ended:
        _keep(sweep, {"outcomes.json": json.dumps([asdict(each) for each in outcomes])}, folder)
        sweep.close("FINISHED", {})
    return store


def _variant(store, variant, outputs, windows, folder):
    labels = {key: str(value) for key, value in variant.overrides.items()}
    overrides = [f"{key}={value}" for key, value in labels.items()]
    config = resolve(composed([*overrides, f"train.epochs={EPOCHS}"], CONF))
    names = {group: labels.get(group, default) for group, default in NAMES.items()}
    for seed in variant.seeds:
        run = store.logger()
        yield _trial(run, {**config, "seed": seed}, names, labels, variant, outputs, windows, folder)
    for seed in variant.failed:
        run = store.logger()
        run.start(opening_of({**config, "seed": seed}, names, labels, SWEEP))
        run.close("FAILED", {"failure": "diverged in epoch 2"})
        yield Outcome("FAILED", labels, seed, {}, {}, "", 0.0, "diverged in epoch 2")


NAMES = {"data": "co2", "weights": "linear", "loss": "weighted_rmse", "model": "rnn", "search": "none"}


def _trial(logger, config, names, labels, variant, outputs, windows, folder):
    rng = np.random.default_rng(hash_of(labels, config["seed"]))
    shared = np.random.default_rng(hash_of(variant.data))
    truth = shared.normal(size=(windows, outputs)).cumsum(axis=0)
    luck = np.exp(SPREAD_OF_SEEDS * rng.normal())
    errors = np.random.default_rng(1).normal(size=(windows, outputs))
    own = weights_of(names["weights"], outputs)
    # Under larger weights an output's error is smaller.
    by_output = (weights_of("linear", outputs) / own) ** 0.1 if names["weights"] == "uniform" else 1.0
    forecast = truth + variant.error * luck * errors * by_output
    judged = weights_of("linear", outputs)
    scores = BUILT_IN.evaluate("test", truth, forecast, judged)
    worse = {"persistence": 1.5, "mean": 2.0}
    naive = {name: BUILT_IN.evaluate("test", truth, truth + factor * errors, judged) for name, factor in worse.items()}
    metrics = scores | {key.replace("test_", "val_"): value for key, value in scores.items()}
    metrics["skill"] = skill(metrics["test_weighted_rmse"], [each["test_weighted_rmse"] for each in naive.values()])
    metrics |= {
        "train_seconds": 3.0 + rng.uniform(),
        "evaluate_seconds": 0.1,
        "epochs": EPOCHS,
        "peak_memory_mb": 900.0,
    }
    curve = metrics["val_weighted_rmse"] * (1 + np.exp(-np.arange(1, EPOCHS + 1)))
    history = History(True, list(curve / 3), list(curve), list(np.linspace(1, 3, EPOCHS)))
    rows = shared.choice(500, ROWS, replace=False)
    arrays = {"y_true": shared.normal(size=(ROWS, outputs)), "y_pred": shared.normal(size=(ROWS, outputs))}
    hashes = {"data_hash": variant.data, "weights_hash": array_hash(own), "fingerprint": f"{hash_of(labels, config):x}"}
    opening = opening_of(config, names, labels, SWEEP)
    logger.start(replace(opening, tags={**opening.tags, **hashes}))
    logger.metrics(points(metrics, rmse_by_output(truth, forecast), history, "val_weighted_rmse"))
    files = {
        "test.npz": {"forecast": forecast, "truth": truth, "evaluation_weights": judged, "own_weights": own},
        "batch.npz": {"rows": rows, **arrays},
        "weights.npy": own,
        "config.yaml": yaml.safe_dump(config),
        "outcome.json": json.dumps({"baselines": naive}),
    }
    _keep(logger, files, folder)
    kept = logger.close("FINISHED", {"unit": "ppm", "parameters": "3000", "seconds": "3"})
    return Outcome("FINISHED", labels, config["seed"], metrics, naive, hashes["fingerprint"], 3.0, run_id=kept)


def weights_of(scheme, outputs):
    """[outputs], with a mean of 1."""
    return np.ones(outputs) if scheme == "uniform" else 2 * np.arange(1, outputs + 1) / (outputs + 1)


def hash_of(*values):
    """The same in every process, unlike Python's own."""
    return int(array_hash(np.frombuffer(repr(values).encode(), np.uint8)), 16)


def _keep(logger, files, folder):
    place = folder / "to_keep"
    place.mkdir(exist_ok=True)
    for name, content in files.items():
        if isinstance(content, dict):
            np.savez(place / name, **{key: _small(array) for key, array in content.items()})
        elif isinstance(content, np.ndarray):
            np.save(place / name, content)
        else:
            (place / name).write_text(content)
    logger.files(place)
    for file in place.iterdir():
        file.unlink()
    place.rmdir()


def _small(array):
    return array.astype(np.float32) if array.dtype == np.float64 else array


def _many(count):
    losses = ("weighted_rmse", "weighted_mse", "sample_weight", "loss_weights")
    for i in range(count):
        place, scheme = divmod(i, 2)
        size, loss = divmod(place, len(losses))
        chosen = {"loss": losses[loss], "weights": ("linear", "uniform")[scheme], "model.units": 8 * (size + 1)}
        yield Simulated(chosen, error=1 + 0.01 * (i % 7))


if __name__ == "__main__":
    target, variants, seeds, outputs = Path(sys.argv[1]), *map(int, sys.argv[2:])
    target.mkdir(parents=True, exist_ok=True)
    many = [Simulated(each.overrides, each.error, tuple(range(seeds))) for each in _many(variants)]
    simulate(target.absolute(), many, outputs, windows=360)
