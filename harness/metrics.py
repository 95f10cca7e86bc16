"""The metrics that every trial is evaluated by, the same for all loss variants. NumPy, float64.

`BUILT_IN` is the one list of them. A user's own metric is a function of the same arguments and one line of YAML, see
`evaluate.metrics` in conf/config.yaml.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from harness.kinds import Config

SPLITS = ("val", "test")
SKILL = "skill"
# What the YAML of a user's own metric may say beside its function: fields of `Metric`, true or false.
OWN_FIELDS = ("lower_is_better", "monitorable", "has_unit")


@dataclass(frozen=True)
class Metric:
    """One figure for the forecasts of one split.

    Attributes:
        name: without a split; the store knows it as `val_<name>` and `test_<name>`.
        function: (y_true [n, outputs], y_pred [n, outputs], weights [outputs] or [n, outputs]) -> float.
        lower_is_better: False where a larger value is better.
        monitorable: whether it may stop a training, pick the epoch that is kept, and be a search's objective.
        has_unit: whether it is in the unit of the target.
        by_window: (the same arguments) -> [n], whose mean orders forecasts as the metric does; None where the metric is
            no mean over windows.
        objective: the config of the loss variant whose training minimises this metric, up to a factor and a root over
            all windows, under the same weights; None where there is none of the project's.
        weighted: whether the weights count.
    """

    name: str
    function: Callable[[np.ndarray, np.ndarray, np.ndarray], float]
    lower_is_better: bool = True
    monitorable: bool = True
    has_unit: bool = True
    by_window: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray] | None = None
    objective: Mapping[str, str] | None = None
    weighted: bool = True

    def better(self, value: float, other: float) -> bool:
        """Whether `value` is the better one; equal ones are not."""
        return value < other if self.lower_is_better else value > other

    def lowest_is_best(self, values: ArrayLike) -> np.ndarray:
        """The values themselves where lower is better, else their negatives: of the result the lowest is the best."""
        return np.asarray(values) if self.lower_is_better else -np.asarray(values)

    def best(self, values: Iterable[float]) -> float:
        """The best of some values, NaN left out. Raises ValueError where none is left."""
        known = [value for value in values if not np.isnan(value)]
        return min(known) if self.lower_is_better else max(known)

    @property
    def best_is(self) -> str:
        """The word for the best of some values: lowest | highest."""
        return "lowest" if self.lower_is_better else "highest"

    @property
    def worst_is(self) -> str:
        """The word for the worst of some values: highest | lowest."""
        return "highest" if self.lower_is_better else "lowest"


@dataclass(frozen=True)
class Metrics:
    """The metrics of one config, by name: those of the project, and the user's own after them."""

    by_name: Mapping[str, Metric]

    def __iter__(self) -> Iterator[Metric]:
        return iter(self.by_name.values())

    def evaluate(self, split: str, y_true: np.ndarray, y_pred: np.ndarray, weights: np.ndarray) -> dict[str, float]:
        """Every metric by its name in the store, `<split>_<name>`.

        Args:
            split: val | test.
            y_true, y_pred: [n, outputs], in the target's own unit.
            weights: [outputs] or [n, outputs], with a sum above 0.

        Raises:
            ValueError: for any other shape; nothing is broadcast.
        """
        return {f"{split}_{metric.name}": float(metric.function(y_true, y_pred, weights)) for metric in self}

    def of(self, name: str) -> Metric:
        """The metric behind a name in the store, such as `val_rmse`. Raises KeyError for any other."""
        split, _, metric = name.partition("_")
        if split not in SPLITS:
            raise KeyError(name)
        return self.by_name[metric]

    @property
    def monitors(self) -> list[str]:
        """What may stop a training, pick its epoch, and be a search's objective."""
        return [f"val_{metric.name}" for metric in self if metric.monitorable]

    @property
    def on_test(self) -> list[str]:
        """What may be ranked and reported."""
        return [f"test_{metric.name}" for metric in self]


def rmse(y_true: np.ndarray, y_pred: np.ndarray, weights: np.ndarray) -> float:
    """The root of the mean squared error, pooled over samples and outputs; the weights do not count."""
    return float(np.sqrt(np.mean(_error(y_true, y_pred) ** 2)))


def mse(y_true: np.ndarray, y_pred: np.ndarray, weights: np.ndarray) -> float:
    """The mean squared error, pooled over samples and outputs, as published tables give it; the weights do not count.

    It orders forecasts as `rmse` does, and is no metric of the project's own: `evaluate.metrics` may name it.
    """
    return float(np.mean(_error(y_true, y_pred) ** 2))


def mae(y_true: np.ndarray, y_pred: np.ndarray, weights: np.ndarray) -> float:
    """The mean absolute error, pooled over samples and outputs; the weights do not count."""
    return float(np.mean(np.abs(_error(y_true, y_pred))))


def weighted_rmse(y_true: np.ndarray, y_pred: np.ndarray, weights: np.ndarray) -> float:
    """sqrt(sum w e^2 / sum w), pooled over samples and outputs; it does not change with the scale of the weights."""
    error = _error(y_true, y_pred)
    weights = _weights(weights, error)
    return float(np.sqrt(np.sum(weights * error**2) / np.sum(weights)))


def root_over_sum(y_true: np.ndarray, y_pred: np.ndarray, weights: np.ndarray) -> float:
    """The mean over samples of sqrt(sum w e^2) / sum w, each under its own weights or the shared ones.

    Weights c times as large give c^(-1/2) times the value. A sample whose weights are all 0 counts 0.
    """
    return float(np.mean(_roots_over_sums(y_true, y_pred, weights)))


def rmse_by_output(y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    """RMSE of each output over the samples: [outputs], in the unit of the targets.

    y_true, y_pred: [n, outputs]. Raises ValueError unless their shapes are equal.
    """
    return np.sqrt(np.mean(_error(y_true, y_pred) ** 2, axis=0))


def skill(score: float, baselines: Iterable[float], *, lower_is_better: bool = True) -> float:
    """The share by which a score is better than the best of the baselines' under the same metric.

    Where lower is better, 1 - score / best: 1 is perfect, 0 as good as the best baseline, below 0 worse. Where higher
    is better, score / best - 1. A best of 0 leaves no share: 0 for the same score, else inf or, for a worse one, -inf.
    Raises ValueError where there is no baseline.
    """
    best = min(baselines) if lower_is_better else max(baselines)
    gain = best - score if lower_is_better else score - best
    if best == 0:
        return 0.0 if gain == 0 else float(np.copysign(np.inf, gain))
    if best < 0:
        return float(gain / -best)
    return float(1 - score / best if lower_is_better else score / best - 1)


def _squares(y_true: np.ndarray, y_pred: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.mean(_error(y_true, y_pred) ** 2, axis=1)


def _absolutes(y_true: np.ndarray, y_pred: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.mean(np.abs(_error(y_true, y_pred)), axis=1)


def _weighted_squares(y_true: np.ndarray, y_pred: np.ndarray, weights: np.ndarray) -> np.ndarray:
    error = _error(y_true, y_pred)
    weights = _weights(weights, error)
    return np.sum(weights * error**2, axis=1) / np.sum(weights) * len(error)


def _roots_over_sums(y_true: np.ndarray, y_pred: np.ndarray, weights: np.ndarray) -> np.ndarray:
    error = _error(y_true, y_pred)
    weights = _weights(weights, error)
    total = np.sum(weights, axis=1)
    return np.sqrt(np.sum(weights * error**2, axis=1)) / np.where(total > 0, total, 1)


def _error(y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    y_true, y_pred = np.asarray(y_true, dtype=np.float64), np.asarray(y_pred, dtype=np.float64)
    if y_true.ndim != 2 or y_true.shape != y_pred.shape:
        raise ValueError(f"y_true and y_pred must be of one shape [n, outputs], got {y_true.shape} and {y_pred.shape}")
    return y_true - y_pred


def _weights(weights: np.ndarray, error: np.ndarray) -> np.ndarray:
    weights = np.asarray(weights, dtype=np.float64)
    if weights.shape not in {error.shape, error.shape[1:]}:
        raise ValueError(f"weights must be of shape {error.shape[1:]} or {error.shape}, got {weights.shape}")
    return np.broadcast_to(weights, error.shape)


SQUARES = {"_target_": "harness.losses.WeightedMSE", "normalise": "none"}
ROOTS = {"_target_": "harness.losses.WeightedRMSE", "form": "root_over_sum"}
# The first one ranks tables and gives `skill`.
BUILT_IN = Metrics(
    {
        metric.name: metric
        for metric in (
            Metric("weighted_rmse", weighted_rmse, by_window=_weighted_squares, objective=SQUARES),
            Metric("rmse", rmse, by_window=_squares, objective=SQUARES, weighted=False),
            Metric("mae", mae, by_window=_absolutes, weighted=False),
            Metric("root_over_sum", root_over_sum, by_window=_roots_over_sums, objective=ROOTS),
        )
    }
)
FIRST = next(iter(BUILT_IN)).name


def with_own(own: Mapping[str, Metric]) -> Metrics:
    """The project's metrics and a user's own, by name; an own one may not take the name of another."""
    taken = sorted(own.keys() & BUILT_IN.by_name.keys())
    if taken:
        raise ValueError(f"a metric of this name is there already: {taken[0]}")
    return Metrics({**BUILT_IN.by_name, **own})


def described(own: Mapping[str, Config]) -> Metrics:
    """The metrics of a config with `own` as its `evaluate.metrics`, which is read as data: nothing is built.

    Names, directions and units are known. Evaluating one of `own` raises LookupError, and it has no losses by window.
    """
    kept = {
        name: Metric(
            name, _unknown, **{field: node[field] for field in OWN_FIELDS if isinstance(node.get(field), bool)}
        )
        for name, node in own.items()
        if name not in BUILT_IN.by_name
    }
    return Metrics({**BUILT_IN.by_name, **kept})


def _unknown(y_true: np.ndarray, y_pred: np.ndarray, weights: np.ndarray) -> float:
    raise LookupError("a metric that is read from a config as data has no function")
