"""Side by side with neuralforecast: the same windows, networks and weights, the same metric; and where it differs.

python -m tests.benchmarks neuralforecast                     on a series that the program writes
python -m tests.benchmarks neuralforecast --data ETTh1.csv    on a CSV file with the columns `date` and `OT`

NLinear and a GRU, squared errors under the weights `linear` as its `horizon_weight`; batches of 32, Adam at one
learning rate, as many steps. The test windows are checked to be the same, value by value. The metric is worked out here
for both, by NumPy in float64; the program fails where the two differ by more than the spread over seeds explains.

It comes with the extra: pip install -e '.[benchmarks]'.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from scipy import stats

from harness import runs
from harness.losses import WeightedMSE, WeightedRMSE
from tests.benchmarks.job import LEARNING_RATE, Job, tiny, weights, write_series
from tests.benchmarks.measure import command
from tests.benchmarks.sweep import overrides

MODELS = {"nlinear": ["model=nlinear"], "gru": ["model=rnn", "model.cell=gru", "model.units=32"]}
UNITS = 32
# Of odd and even rows: each window has as many of both, so that the mean over its steps tells nothing.
HEAVY, LIGHT = 1.9, 0.1
LEVEL = 0.01


def ours(job: Job, words: Sequence[str], folder: Path) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """By seed, the forecast and the truth of every test window, [n, outputs]."""
    folder.mkdir()
    shared = [word for word in overrides(job) if not word.startswith("model.")]
    command(["-m", "harness", *shared, "data.normalise=last_value", *words], folder)
    trials = runs(folder / "runs" / "mlflow.db").filter(role="trial", status="FINISHED")
    found = {run.config["seed"]: run.forecasts() for run in trials}
    return {seed: (some.forecast, some.truth) for seed, some in found.items()}


def theirs(job: Job, fits: Mapping[str, Any], arrays: Mapping[str, np.ndarray], folder: Path) -> dict[str, Any]:
    """By the name of a fit the same of neuralforecast; as `losses`, what its losses give for some arrays.

    fits: by name (model, seed, the weight of each row of the file or None).
    """
    folder.mkdir()
    steps = job.epochs * -(-(job.rows[0] - job.lookback - job.outputs + 1) // job.batch_size)
    asked = {
        **asdict(job),
        "weights": weights("linear", job.outputs).tolist(),
        "steps": steps,
        "units": UNITS,
        "learning_rate": LEARNING_RATE,
        "fits": fits,
        "losses": {name: array.tolist() for name, array in arrays.items()},
    }
    (folder / "asked.json").write_text(json.dumps(asked))
    command(["-m", "tests.benchmarks.peers.neuralforecast_fit", "asked.json"], folder)
    found: dict[str, Any] = {"losses": json.loads((folder / "losses.json").read_text())}
    for name in fits:
        with np.load(folder / f"{name}.npz") as kept:
            found[name] = np.float64(kept["forecast"]), np.float64(kept["truth"])
    return found


def weighted_mse(forecast: np.ndarray, truth: np.ndarray) -> float:
    """mean over windows of sum(w e^2) / sum(w), in the square of the target's unit."""
    w = weights("linear", truth.shape[1])
    return float((((forecast - truth) ** 2 * w).sum(1) / w.sum()).mean())


def same_windows(one: np.ndarray, other: np.ndarray) -> None:
    """Ends the program where two contestants were tested on other windows."""
    if one.shape != other.shape or not np.allclose(one, other, rtol=1e-5, atol=1e-5):
        sys.exit(f"other test windows: {one.shape} and {other.shape}")


def by_design(arrays: Mapping[str, np.ndarray], found: Mapping[str, Any]) -> list[tuple[str, object, object, object]]:
    """(what, by NumPy, here, neuralforecast) for the same arrays."""
    truth, forecast, w, each = (arrays[name] for name in ("truth", "forecast", "w", "W"))
    squares = (truth - forecast) ** 2
    rmse = WeightedRMSE(weights=w, form="root_over_sum")
    perfect = tf.Variable(truth)
    with tf.GradientTape() as tape:
        loss = rmse(truth, perfect)
    slope = np.abs(tape.gradient(loss, perfect).numpy()).max()
    return [
        (
            "mean of sum(w e^2) / sum(w)",
            (squares * w).sum(1).mean() / w.sum(),
            float(WeightedMSE(weights=w)(truth, forecast)),
            found["mse"],
        ),
        (
            "mean of sqrt(sum(w e^2)) / sum(w)",
            np.sqrt((squares * w).sum(1)).mean() / w.sum(),
            float(rmse(truth, forecast)),
            found["rmse"],
        ),
        ("slope of the root at zero error", 0.0, float(slope), found["slope at zero error"]),
        (
            "mean of w e^2, weights of each sample",
            (squares * each).mean(),
            float(WeightedMSE(normalise="none")(truth, forecast, sample_weight=each)),
            found["weights of each sample"],
        ),
    ]


def main(words: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        "neuralforecast", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--tiny", action="store_true", help="in seconds, to see that it runs")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="neuralforecast-") as place:
        kept = compare(asked, Path(place))
    if asked.json:
        asked.json.write_text(json.dumps(kept, indent=1))


def compare(asked: argparse.Namespace, place: Path) -> dict[str, Any]:
    """Prints the comparison and returns it."""
    series, column = place / "series.csv", "weight"
    write_series(series, 600 if asked.tiny else 17_420)
    lines = (asked.data or series).read_text().splitlines()
    by_row = [HEAVY if row % 2 else LIGHT for row in range(len(lines) - 1)]
    series.write_text(
        "\n".join([f"{lines[0]},{column}", *(f"{a},{b}" for a, b in zip(lines[1:], by_row, strict=True)), ""])
    )
    job = Job(str(series))
    job = tiny(job) if asked.tiny else job
    job = replace(job, losses=("weighted_mse",), schemes=("linear",), seeds=tuple(range(asked.seeds)))
    random = np.random.default_rng(0)
    truth, forecast = random.normal(size=(2, 5, job.outputs))
    arrays = {
        "truth": truth,
        "forecast": forecast,
        "w": weights("linear", job.outputs),
        "W": random.uniform(0.1, 2, truth.shape),
    }
    fits: dict[str, Any] = {f"{model} {seed}": (model, seed, None) for model in MODELS for seed in job.seeds}
    fits["by row"] = "nlinear", 0, by_row[: sum(job.rows)]
    found = theirs(job, fits, arrays, place / "theirs")
    table: dict[str, Any] = {}
    print(f"Weighted MSE on the test windows, mean and deviation over {asked.seeds} seeds; p of a difference by Welch")
    for model, words in MODELS.items():
        here = ours(job, words, place / model)
        there = {seed: found[f"{model} {seed}"] for seed in job.seeds}
        for seed in job.seeds:
            same_windows(here[seed][1], there[seed][1])
        values = [[weighted_mse(*some[seed]) for seed in job.seeds] for some in (here, there)]
        p = float(stats.ttest_ind(*values, equal_var=False).pvalue)
        a, b = (f"{np.mean(some):.4f} ± {np.std(some, ddof=1):.4f}" for some in values)
        print(f"{model:10} here {a}   neuralforecast {b}   p {p:.2f}", flush=True)
        table[model] = {"here": values[0], "neuralforecast": values[1], "p": p}
    one = replace(job, seeds=(0,), schemes=("uniform",))
    by_column = ["weights=column", f"weights.name={column}", f"data.beside=[{column}]"]
    none = [*MODELS["nlinear"], "loss.normalise=none"]
    plain, moved = (
        ours(one, [*none, *more], place / name)[0][0] for name, more in (("plain", []), ("by row", by_column))
    )
    table["by design"] = by_design(arrays, found["losses"])
    table["by design"].append(
        (
            "weights of each step of each sample move forecasts by",
            None,
            rms(moved - plain),
            rms(found["by row"][0] - found["nlinear 0"][0]),
        )
    )
    print(f"\n{'':55}{'NumPy':>12}{'here':>12}  neuralforecast")
    for what, *values in table["by design"]:
        numpy, here, there = ("" if v is None else v if isinstance(v, str) else f"{v:.6f}" for v in values)
        print(f"{what:55}{numpy:>12}{here:>12}  {there}")
    apart = [model for model in MODELS if table[model]["p"] < LEVEL]
    if apart and not asked.tiny:
        sys.exit(f"{', '.join(apart)}: further apart than seeds explain")
    return table


def rms(values: np.ndarray) -> float:
    return float(np.sqrt((values**2).mean()))
