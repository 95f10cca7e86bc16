"""The job that contestants do alike: one hourly series, its windows, a grid of losses, weights, sizes and seeds."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

TARGET, SEASON = "OT", 24
# As many as the train, validation and test months of the ETT benchmarks have (12, 4 and 4 of 30 days).
ROWS = (8640, 2880, 2880)
LEARNING_RATE = 0.003
LINEAR, GAMMA = (1.0, 0.1), 0.97


@dataclass(frozen=True)
class Job:
    """A sweep: every combination of losses, schemes, units and seeds.

    Attributes:
        data: a CSV file with the columns `date` and TARGET.
        rows: of the train, the validation and the test span.
        lookback, outputs: of each window, in rows.
    """

    data: str
    rows: tuple[int, int, int] = ROWS
    lookback: int = 96
    outputs: int = 100
    batch_size: int = 32
    epochs: int = 3
    losses: tuple[str, ...] = ("weighted_rmse", "weighted_mse", "sample_weight")
    schemes: tuple[str, ...] = ("uniform", "linear", "exponential")
    units: tuple[int, ...] = (32,)
    seeds: tuple[int, ...] = (0,)

    @property
    def trials(self) -> list[tuple[str, str, int, int]]:
        """(loss, scheme, units, seed) of each trial."""
        return [(a, b, c, d) for a in self.losses for b in self.schemes for c in self.units for d in self.seeds]

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> "Job":
        return Job(**{key: tuple(v) if isinstance(v, list) else v for key, v in json.loads(text).items()})


def large(job: Job) -> Job:
    """Four times the trials, ten epochs each."""
    return replace(job, units=(32, 64), seeds=(0, 1), epochs=10)


def tiny(job: Job) -> Job:
    """Runs in seconds, and says nothing about speed."""
    return replace(job, rows=(300, 60, 60), lookback=8, outputs=4, epochs=1, schemes=("linear",), units=(2,))


@dataclass(frozen=True)
class Windows:
    """One split, scaled: x [n, lookback] and y [n, outputs], with each window's last value taken off."""

    x: np.ndarray
    y: np.ndarray


def windows(job: Job) -> tuple[Windows, Windows, Windows, float]:
    """(train, validation, test, the deviation that targets were divided by).

    As the harness cuts them: all targets of a window lie in its split, and its history may reach back before it.
    """
    with open(job.data) as file:
        column = file.readline().strip().split(",").index(TARGET)
        values = np.loadtxt(file, delimiter=",", usecols=column)
    cut = sliding_window_view(values, job.lookback + job.outputs)
    cut = cut - cut[:, job.lookback - 1 : job.lookback]
    parts, start = [], job.lookback
    ends = np.cumsum(job.rows)
    for end in ends:
        parts.append(cut[start - job.lookback : end - job.lookback - job.outputs + 1])
        start = end
    x_scale, y_scale = parts[0][:, : job.lookback].std(), parts[0][:, job.lookback :].std()
    split = [
        Windows(
            (part[:, : job.lookback] / x_scale).astype(np.float32), (part[:, job.lookback :] / y_scale).astype("f4")
        )
        for part in parts
    ]
    return split[0], split[1], split[2], float(y_scale)


def weights(scheme: str, outputs: int) -> np.ndarray:
    """[outputs], of mean 1."""
    if scheme == "uniform":
        values = np.ones(outputs)
    elif scheme == "linear":
        values = np.linspace(*LINEAR, outputs)
    else:
        values = GAMMA ** np.arange(outputs)
    return values / values.mean()


def write_series(file: Path, rows: int = 17_420) -> None:
    """An hourly series of the length of ETTh1: a year, a day, and noise that remembers."""
    hours, random = np.arange(rows), np.random.default_rng(0)
    noise = random.normal(0, 0.6, rows)
    for i in range(1, rows):
        noise[i] += 0.97 * noise[i - 1]
    values = 15 + 9 * np.sin(2 * np.pi * hours / 8766) + 3 * np.sin(2 * np.pi * hours / 24) + noise
    dates = np.datetime64("2016-07-01T00:00:00") + hours.astype("timedelta64[h]")
    lines = [f"{str(date).replace('T', ' ')},{value:.6f}" for date, value in zip(dates, values, strict=True)]
    file.write_text("\n".join([f"date,{TARGET}", *lines, ""]))
