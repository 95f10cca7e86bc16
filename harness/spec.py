"""The words of the project, as dataclasses and Protocols, on one screen.

Arrays are NumPy. `n` counts samples, `outputs` the positions of the target vector.
Everything in a `Dataset` is float64 and in the data's own units.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from harness.metrics import Metrics
from harness.run import Run


@dataclass(frozen=True)
class Series:
    """One series in time order, as a data source gives it.

    values: [rows, columns] float64, one row a time step, in own units, NaN where missing; target: the column to
    forecast; season: rows in one season, or None; unit: the target's unit; name: what the series is called beside
    others; note: what a user is to know of how the rows were read.
    """

    values: np.ndarray
    target: int
    season: int | None
    unit: str
    name: str
    note: str = ""


@dataclass(frozen=True)
class Windows:
    """Samples in time order that were cut elsewhere, as a data source gives them.

    x: [n, lookback, features]; y: [n, outputs], both finite and in own units; weights: [n, outputs] brought along, or
    None; series: [n] the name or number of the series that each sample belongs to, or None where there is one; target:
    the feature of x that holds the target's own history, or None; season: rows in one season, or None; unit: the
    target's unit.
    """

    x: np.ndarray
    y: np.ndarray
    weights: np.ndarray | None
    series: np.ndarray | None
    target: int | None
    season: int | None
    unit: str


@dataclass(frozen=True)
class Split:
    """The samples of one split, each series' in time order.

    x: [n, lookback, features]; y: [n, outputs]; index: [n], ascending, each sample's place among all the `samples` of
    its source; weights: [n, outputs] brought along by the data, or None; series: [n], each sample's place in
    `Dataset.series`. The targets of a sample belong to one series.
    """

    x: np.ndarray
    y: np.ndarray
    index: np.ndarray
    samples: int
    weights: np.ndarray | None = None
    series: np.ndarray = field(kw_only=True)


@dataclass(frozen=True)
class Scaling:
    """What the network sees instead of the data's own units; fitted on the train split alone, one for all series.

    inputs: x -> (x - x_shift) / x_scale and targets: y -> (y - y_shift) / y_scale. With `last_value` both shifts are
    each window's own last row (y: its column `target`), and x_shift and y_shift here are 0.
    x_shift, x_scale: [features]; y_shift, y_scale: scalars.
    """

    last_value: bool
    target: int | None
    x_shift: np.ndarray
    x_scale: np.ndarray
    y_shift: float
    y_scale: float


@dataclass(frozen=True)
class Dataset:
    """Windows in three splits, with their scaling.

    target: the column of x that holds the target's own history, or None; season: steps of history in one season, or
    None; unit: the target's unit; series: the names of the series, at least one; notes: what a user is to know of how
    the samples were made, a sentence each.
    """

    train: Split
    validation: Split
    test: Split
    scaling: Scaling
    target: int | None
    season: int | None
    unit: str
    series: tuple[str, ...]
    notes: tuple[str, ...] = ()


class Scheme(Protocol):
    """Weights for the samples of `at`, from what is known of `train`: [outputs] or [n of at, outputs], not rescaled."""

    def __call__(self, train: Split, at: Split) -> np.ndarray: ...


class Family(Protocol):
    """A model family: builds a network, a plain Keras model [batch, lookback, features] -> [batch, outputs]."""

    def __call__(self, lookback: int, features: int, outputs: int) -> Any: ...


@dataclass(frozen=True)
class Fittable:
    """A network and weights turned into what Keras can fit.

    model: shares its variables with the network; compile: arguments for `model.compile`; batch: tensors
    (x [b, lookback, features], y [b, outputs], w [b, outputs] or [outputs]) -> what `fit` takes as one batch; owned: by
    name, Keras variables of the loss itself, which train with the model and are no part of the network.

    Raises:
        ValueError: where an owned variable is not among those that the model trains.
    """

    model: Any
    compile: Mapping[str, Any]
    batch: Callable[[Any, Any, Any], tuple]
    owned: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        trained = {id(variable) for variable in self.model.trainable_variables} if self.owned else set()
        for name, variable in self.owned.items():
            if id(variable) not in trained:
                raise ValueError(f"the loss owns {name!r}, which is no trainable variable of its model")


class LossVariant(Protocol):
    """One way for weights ([outputs] or [n, outputs]) to enter training."""

    def check(self, weights: np.ndarray, batch_size: int) -> None:
        """Raises InputError where these weights make no sense under this variant, naming what serves instead."""

    def fittable(self, network: Any, weights: np.ndarray) -> Fittable: ...


@dataclass(frozen=True)
class DataDescription:
    """A data set as a run names it, without its arrays.

    digest: a hash of the arrays; train, test: the shapes of x and y in these splits.
    """

    name: str
    digest: str
    train: tuple[Sequence[int], Sequence[int]]
    test: tuple[Sequence[int], Sequence[int]]


@dataclass(frozen=True)
class Opening:
    """What a run is given at its start; data: None where there is none, or it could not be read."""

    name: str
    tags: Mapping[str, str]
    params: Mapping[str, Any]
    data: DataDescription | None = None


class Logger(Protocol):
    """The write side of one run. Constructing one writes nothing.

    Every call raises TrackingError where the place it writes to stays out of reach, however often it was tried.
    """

    @property
    def run_id(self) -> str | None:
        """The store's name for the run, from `start` on; None for a logger that no run can be read from."""
        ...

    def start(self, opening: Opening) -> None: ...

    def metrics(self, points: Sequence[tuple[str, float, int]]) -> None:
        """Points of (name, value, step), kept in one batch."""

    def files(self, folder: Path) -> None:
        """Keeps every file below `folder`."""

    def network(self, folder: Path) -> None:
        """Keeps `network.keras` of `folder`, with `example.npy`, a batch of inputs for it in the data's own units."""

    def close(self, status: str, tags: Mapping[str, str]) -> str | None:
        """Ends the run as FINISHED, FAILED or KILLED, with what more there is to say; returns its `run_id`."""
        ...

    def below(self) -> "Logger":
        """A logger for a run of its own that belongs to this one, which was started."""
        ...


class RunStore(Protocol):
    """Where runs are found and read again, one for each config. Constructing one writes nothing.

    Every call raises TrackingError as `Logger` does.
    """

    def prepare(self, metrics: Metrics) -> None:
        """Creates the store where there is none, with views of these metrics, before any process writes to it."""

    def logger(self) -> Logger:
        """The write side of a new run."""
        ...

    def finished(self, fingerprints: Collection[str]) -> Mapping[str, Run]:
        """The FINISHED trials among these, by fingerprint; of several runs the newest."""
        ...

    def find(self, tags: Mapping[str, str], below: str | None = None) -> Sequence[str]:
        """The ids of the runs with these tags, the newest first; below: only those that belong to this run.

        Raises InputError where there is no store.
        """
        ...

    def select(self, words: str) -> Sequence[str]:
        """The ids of the runs that a filter in the store's own language selects, the newest first.

        Raises InputError where there is no store, or no such filter.
        """
        ...

    def read(self, run_ids: Sequence[str]) -> Sequence[Run]:
        """These runs with all that is kept of them, in this order; unknown ones are left out."""
        ...

    def close_abandoned(self, alive: Callable[[Mapping[str, str]], bool], status: str, tags: Mapping[str, str]) -> int:
        """Ends every RUNNING run whose tags `alive` denies, with `status` and further tags; returns how many."""
        ...

    def adopt(self, run_id: str | None, tags: Mapping[str, str]) -> Sequence[Mapping[str, str]]:
        """Puts every run with these tags that has ended below the run `run_id`, but for those below a FINISHED one.

        Those that were cut short are removed. Returns the tags of each run that was put there.
        """
        ...

    def attach(self, run_id: str, folder: Path) -> None:
        """Keeps `folder`, by its name, with a run that has ended."""

    def describe(self) -> Sequence[str]:
        """How to look at what is kept, a line each."""
        ...


@dataclass(frozen=True)
class Outcome:
    """What a trial leaves behind: one row of the final table.

    labels: what tells this trial's variant from the others' of its sweep; seed, fold: its replicate; metrics: the
    scalars; baselines: the test metrics of each naive baseline on the same windows; repeats: of a search, by seed, the
    metrics of each training that `metrics` is the mean of; note: what else there is to say of the result.
    """

    status: str
    labels: Mapping[str, str]
    seed: int
    metrics: Mapping[str, float]
    baselines: Mapping[str, Mapping[str, float]]
    fingerprint: str
    seconds: float
    reason: str = ""
    run_id: str | None = None
    repeats: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    note: str = ""
    fold: int = 0
