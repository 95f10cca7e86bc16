"""The nouns that rooms hand to each other, as dataclasses and Protocols.

Arrays are NumPy. `n` counts samples, `outputs` the positions of the target vector.
Everything in a `Dataset` is float64 and in the data's own units.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class RowWindows:
    """Windows of consecutive rows, cut when they are asked for: a row stands in memory once, however many hold it.

    An index along the samples, alone or with further ones, gives what the array [n, length, ...] would give for it.

    rows: [rows, ...]; starts: [n], the first row of each window; length: rows in a window.
    """

    rows: np.ndarray
    starts: np.ndarray
    length: int

    @property
    def shape(self) -> tuple[int, ...]:
        """(n, length, ...)."""
        return len(self.starts), self.length, *self.rows.shape[1:]

    @property
    def ndim(self) -> int:
        """How many axes the array would have."""
        return len(self.shape)

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, key: Any) -> np.ndarray:
        samples, *others = key if isinstance(key, tuple) else (key,)
        windows = np.moveaxis(sliding_window_view(self.rows, self.length, axis=0), -1, 1)
        # What the other indices leave out is not copied.
        return windows[(slice(None), *others)][self.starts[samples]]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if copy is False:
            raise ValueError("the windows overlap: an array of them is a copy")
        return np.asarray(self[:], dtype)


# Of each sample [lookback, features], or [outputs]: an array [n, lookback, features], or what is indexed like one.
Histories: TypeAlias = np.ndarray | RowWindows


@dataclass(frozen=True)
class Series:
    """One series in time order, as a data source gives it.

    values: [rows, columns] float64, one row a time step, in own units, NaN where missing; target: the column to
    forecast; season: rows in one season, or None; unit: the target's unit; name: what the series is called beside
    others; note: what a user is to know of how the rows were read; times: [rows] datetime64, in UTC where the source
    knows the zone, NaT where no row stood, or None where the rows have no dates; beside: by name, [rows] float64, what
    no network sees, for weights; standardised: whether each column is to be measured in deviations of its own train
    rows from their mean, forecasts and metrics included; indicators: how many of the last columns say which series this
    is, and are never scaled.
    """

    values: np.ndarray
    target: int
    season: int | None
    unit: str
    name: str
    note: str = ""
    times: np.ndarray | None = None
    beside: Mapping[str, np.ndarray] = field(default_factory=dict)
    standardised: bool = False
    indicators: int = 0


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
    `Dataset.series`. The targets of a sample belong to one series. times: [n, outputs], when each target is, or None;
    beside: by name, [n, outputs], what stands beside each target; see `Series`.
    """

    x: Histories
    y: Histories
    index: np.ndarray
    samples: int
    weights: np.ndarray | None = None
    series: np.ndarray = field(kw_only=True)
    times: np.ndarray | RowWindows | None = None
    beside: Mapping[str, np.ndarray | RowWindows] = field(default_factory=dict)

    @property
    def truth(self) -> np.ndarray:
        """y as an array: no copy where it is one."""
        return np.asarray(self.y)


@dataclass(frozen=True)
class Scaling:
    """What the network sees instead of the data's own units; fitted on the train split alone, one for all series.

    inputs: x -> (x - x_shift) / x_scale and targets: y -> (y - y_shift) / y_scale. With `last_value` both shifts are
    each window's own last row (y: its column `target`), and x_shift and y_shift here are 0. The last `indicators`
    columns of x are left as they are.
    x_shift, x_scale: [features]; y_shift, y_scale: scalars.
    """

    last_value: bool
    target: int | None
    x_shift: np.ndarray
    x_scale: np.ndarray
    y_shift: float
    y_scale: float
    indicators: int = 0


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

    def __call__(self, lookback: int, features: int, outputs: int) -> "keras.Model": ...


@runtime_checkable
class SolvedFamily(Family, Protocol):
    """A model family whose networks are not trained: the data gives the values of their variables."""

    def check(self, loss: "LossVariant", weights: np.ndarray) -> None:
        """Raises InputError where a loss variant asks for something else, under weights [outputs] or [n, outputs]."""

    def solve(self, network: "keras.Model", data: Dataset, weights: np.ndarray) -> None:
        """Gives the variables of a network that it has built their values.

        Raises:
            InputError: the data has no such solution.
        """


@dataclass(frozen=True)
class Fittable:
    """A network and weights turned into what Keras can fit.

    model: shares its variables with the network; compile: arguments for `model.compile`; batch: tensors
    (x [b, lookback, features], y [b, outputs], w [b, outputs] or [outputs]) -> what `fit` takes as one batch; owned: by
    name, Keras variables of the loss itself, which train with the model and are no part of the network; weights: the
    Keras variables, beside those of `model`, that hold shared weights, () where weights come with each batch alone.
    None: they may be constants of `model` or `compile`, so that what is compiled serves these very weights alone.

    Raises:
        ValueError: where an owned variable is not among those that the model trains.
    """

    model: "keras.Model"
    compile: Mapping[str, object]
    batch: Callable[[Any, Any, Any], tuple]
    owned: "Mapping[str, keras.Variable]" = field(default_factory=dict)
    weights: "Sequence[keras.Variable] | None" = None

    def __post_init__(self) -> None:
        trained = {id(variable) for variable in self.model.trainable_variables} if self.owned else set()
        for name, variable in self.owned.items():
            if id(variable) not in trained:
                raise ValueError(f"the loss owns {name!r}, which is no trainable variable of its model")


class LossVariant(Protocol):
    """One way for weights ([outputs] or [n, outputs]) to enter training."""

    def check(self, weights: np.ndarray, batch_size: int) -> None:
        """Raises InputError where these weights make no sense under this variant, naming what serves instead."""

    def fittable(self, network: "keras.Model", weights: np.ndarray) -> Fittable: ...


@dataclass(frozen=True)
class Outcome:
    """What a trial leaves behind: one row of the final table.

    labels: what distinguishes this trial's variant from the others of its sweep; seed, fold: its replicate; metrics:
    the scalars; baselines: the test metrics of each naive baseline on the same windows; repeats: of a search, by seed,
    the metrics of each training that `metrics` is the mean of; note: what else there is to say of the result.
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
