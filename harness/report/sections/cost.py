"""What each variant cost, what it reached in how many seconds, and what failed."""

from collections.abc import Iterable, Mapping

import numpy as np

from harness.metrics import Metric
from harness.plots.by_time import error_at_equal_seconds
from harness.report.criterion import Criterion
from harness.report.results import Results
from harness.report.section import Picture, Section, Table
from harness.run import Run

TITLE = "Cost"
TRAIN, COMPILE = "time to train [s]", "time to compile [s]"
COSTS = {"time to evaluate [s]": "evaluate_seconds", "epochs": "epochs", "peak memory [MB]": "peak_memory_mb"}


def cost(results: Results, criterion: Criterion) -> Section:
    """Medians over trials; failed ones with their reasons; the monitored metric against seconds of training."""
    monitor = criterion.metrics.of(results.monitor)
    tables, sentences = [_table(results)], _slowest(results)
    curves = {variant.name: _by_seconds(variant.first, results.monitor) for variant in results.variants}
    curves = {name: curve for name, curve in curves.items() if len(curve[0])}
    sentences += _equal_seconds(curves, results.monitor, monitor)
    if results.failed:
        sentences.append(f"Failed trials, which no other section counts: {len(results.failed)}.")
        rows = [list(failure) for failure in results.failed]
        tables.append(Table("failed", "Trials without a result, and why.", ["variant", "seed", "reason"], rows))
    pictures = []
    if curves:
        unit = results.unit if monitor.has_unit else ""
        figure = error_at_equal_seconds(curves, results.monitor, unit, lower_is_better=monitor.lower_is_better)
        caption = (
            f"The {monitor.best_is} {results.monitor} so far against seconds of training, without those of compiling, "
            "for the lowest seed of each variant."
        )
        pictures.append(Picture("error_at_equal_seconds", figure, caption))
    return Section(TITLE, sentences, tables, pictures)


def _table(results: Results) -> Table:
    rows = [
        [
            variant.name,
            _median(_seconds(trained) for trained in variant.seeds.values()),
            max((_compiling(trained.curve("seconds")) for trained in variant.seeds.values()), default=0.0),
            *(_median(trained.metrics.get(name) for trained in variant.seeds.values()) for name in COSTS.values()),
            int(variant.first.tags["parameters"]),
        ]
        for variant in results.variants
    ]
    caption = (
        "Medians over trials. What a first epoch takes beyond the median of the later ones counts as time to compile, "
        "and not as time to train: a process compiles once for all its trials of a kind, so the most of a variant's "
        "trials is shown. Peak memory is that of the whole process."
    )
    return Table("cost", caption, ["variant", TRAIN, COMPILE, *COSTS, "parameters"], rows)


def _slowest(results: Results) -> list[str]:
    times = {}
    for variant in results.variants:
        seconds = _median(_seconds(trained) for trained in variant.seeds.values())
        if seconds is not None:
            times[variant.name] = seconds
    if not times:
        return []
    slow, fast = max(times, key=lambda name: times[name]), min(times, key=lambda name: times[name])
    sentence = f"{slow} takes longest to train, {times[slow]:.0f} s a network"
    if len(times) > 1:
        sentence += f", {times[slow] / times[fast]:.1f} times as long as {fast}, {times[fast]:.0f} s"
    return [f"{sentence}."]


def _equal_seconds(curves: Mapping[str, tuple[np.ndarray, np.ndarray]], name: str, monitor: Metric) -> list[str]:
    """Which variant leads when the fastest one is done."""
    if len(curves) < 2:
        return []
    first_done = min(seconds[-1] for seconds, _ in curves.values())
    by_then = {variant: values[seconds <= first_done] for variant, (seconds, values) in curves.items()}
    best = {variant: monitor.best(values) for variant, values in by_then.items() if np.isfinite(values).any()}
    if not best:
        return []
    leader = min(best, key=lambda variant: float(monitor.lowest_is_best(best[variant])))
    return [f"After {first_done:.0f} s, when the first of them was done, {leader} had the {monitor.best_is} {name}."]


def _by_seconds(trained: Run, monitor: str) -> tuple[np.ndarray, np.ndarray]:
    """Seconds without compiling and the monitored metric, [epochs] each; empty where they were not kept."""
    seconds, values = trained.curve("seconds"), trained.curve(monitor)
    if len(seconds) != len(values):
        return np.empty(0), np.empty(0)
    return seconds - _compiling(seconds), values


def _compiling(seconds: np.ndarray) -> float:
    """What the first epoch took beyond the median of the later ones; seconds: [epochs], since training began."""
    return max(0.0, float(seconds[0] - np.median(np.diff(seconds)))) if len(seconds) > 1 else 0.0


def _seconds(trained: Run) -> float | None:
    """Of training, without compiling; None where they were not kept."""
    seconds = trained.metrics.get("train_seconds")
    return None if seconds is None else seconds - _compiling(trained.curve("seconds"))


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.median(known)) if known else None
