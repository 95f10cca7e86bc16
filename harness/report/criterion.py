"""The one metric that every section of a report ranks and compares by, with its direction and its unit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harness.checks import one_of
from harness.kinds import Config
from harness.metrics import BUILT_IN, Metric, Metrics, described, skill
from harness.report.results import Results, Variant
from harness.run import Run


@dataclass(frozen=True)
class Criterion:
    """`report.metric`, for the runs of one data set.

    name: in the store, such as test_rmse; metrics: all that these runs are evaluated by; unit: the target's, or "".
    """

    name: str
    metrics: Metrics
    target_unit: str

    @property
    def metric(self) -> Metric:
        """The metric behind the name."""
        return self.metrics.of(self.name)

    @property
    def unit(self) -> str:
        """Of the metric's values; "" for none."""
        return self.target_unit if self.metric.has_unit else ""

    @property
    def direction(self) -> str:
        """Which values are better, in words."""
        return "lower is better" if self.metric.lower_is_better else "higher is better"

    @property
    def on_validation(self) -> str:
        """The same metric on validation, by its name in the store."""
        return f"val_{self.metric.name}"

    def mean(self, variant: Variant) -> float:
        """Over the seeds of a variant."""
        return float(variant.scores(self.name).mean())

    def ranked(self, variants: Iterable[Variant]) -> list[Variant]:
        """The best mean first."""
        return sorted(variants, key=lambda variant: float(self.metric.lowest_is_best(self.mean(variant))))

    def chosen(self, variants: Iterable[Variant]) -> Variant:
        """The one with the best mean on validation."""
        lowest = self.metric.lowest_is_best
        return min(variants, key=lambda variant: float(lowest(variant.scores(self.on_validation).mean())))

    def is_better(self, difference: float) -> bool:
        """Whether a variant is better whose score less the reference's is `difference`."""
        return self.metric.better(difference, 0.0)

    def best_baseline(self, results: Results) -> tuple[str, float] | None:
        """(name, score) of the best naive baseline; None where none was evaluated by this metric."""
        scores = {name: values[self.name] for name, values in results.baselines.items() if self.name in values}
        if not scores:
            return None
        best = min(scores, key=lambda name: float(self.metric.lowest_is_best(scores[name])))
        return best, scores[best]

    def skill(self, scores: Sequence[float], baseline: float) -> float:
        """The mean share by which scores are better than that of the best baseline."""
        lower = self.metric.lower_is_better
        return float(np.mean([skill(score, [baseline], lower_is_better=lower) for score in scores]))

    def by_window(self, trained: Run) -> np.ndarray | None:
        """[windows], lower is better, whose mean orders networks as the metric does.

        None where the metric is no mean over windows, or where the run keeps no forecasts on test.
        """
        function = self.metric.by_window
        if function is None or not trained.test:
            return None
        return self.metric.lowest_is_best(function(*_arrays(trained)))

    def on_windows(self, trained: Run, windows: np.ndarray) -> float:
        """The metric on some test windows [k] alone, of a run that keeps its forecasts on test.

        Raises:
            LookupError: for a user's own metric, since a store never says what is run.
        """
        truth, forecast, weights = _arrays(trained)
        some = weights[windows] if weights.ndim == 2 else weights
        return float(self.metric.function(truth[windows], forecast[windows], some))

    @property
    def is_built_in(self) -> bool:
        """Whether it is a metric of the project: only then its function is known here."""
        return self.metric.name in BUILT_IN.by_name


def criterion_of(results: Results, name: str) -> Criterion:
    """The criterion `name` for these runs; the directions of a user's own metrics are read from their config as data.

    Raises:
        InputError: no such metric, or not one that every network was evaluated by.
    """
    metrics = described(_own_metrics(results.variants[0].first.config))
    networks = [trained for variant in results.variants for trained in variant.seeds.values()]
    common = [name for name in metrics.on_test if all(name in trained.metrics for trained in networks)]
    one_of("report.metric", name, common)
    return Criterion(name, metrics, results.unit)


def _own_metrics(config: Config) -> dict[str, Config]:
    """`evaluate.metrics` of a stored config, which may be of another version, or a stranger's."""
    evaluate = config.get("evaluate")
    own = evaluate["metrics"] if isinstance(evaluate, Mapping) and "metrics" in evaluate else None
    return {str(k): v for k, v in own.items() if isinstance(v, Mapping)} if isinstance(own, Mapping) else {}


def _arrays(trained: Run) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Truth and forecast [n, outputs], and evaluation weights [outputs] or [n, outputs]."""
    return trained.test["truth"], trained.test["forecast"], trained.test["evaluation_weights"]
