"""What each variant cost, what it reached in how many seconds, and what failed."""

import numpy as np

from harness.plots.by_time import error_at_equal_seconds
from harness.report.results import Results
from harness.report.section import Picture, Section, Table

COSTS = {
    "time to train [s]": "train_seconds",
    "time to evaluate [s]": "evaluate_seconds",
    "epochs": "epochs",
    "peak memory [MB]": "peak_memory_mb",
}


def cost(results: Results) -> Section:
    """Means over seeds; failed trials with their reasons."""
    rows = []
    for each in results.variants:
        costs = [_mean([t.metrics.get(name) for t in each.seeds.values()]) for name in COSTS.values()]
        rows.append([each.name, *costs, int(each.first.run.tags["parameters"])])
    caption = "Means over seeds. Time to train has compiling in it; peak memory is the whole process's."
    tables = [Table("cost", caption, ["variant", *COSTS, "parameters"], rows)]
    times = {row[0]: row[1] for row in rows if row[1] is not None}
    sentences = []
    if times:
        slow, fast = max(times, key=times.get), min(times, key=times.get)
        factor = f", {times[slow] / times[fast]:.1f} times as long" if len(times) > 1 else ""
        sentences.append(
            f"{slow} took longest to train, {times[slow]:.0f} s a network{factor}"
            + (f" as {fast}, {times[fast]:.0f} s." if factor else ".")
        )
    sentences += _equal_seconds(results)
    if results.failed:
        sentences.append(f"Failed trials, left out of everything above: {len(results.failed)}.")
        caption = "Trials that gave no result, and why."
        tables.append(Table("failed", caption, ["variant", "seed", "reason"], [list(each) for each in results.failed]))
    points = {each.name: _by_seconds(each.first, results.monitor) for each in results.variants}
    points = {name: each for name, each in points.items() if len(each[0])}
    pictures = []
    if points:
        caption = "The lowest validation error so far against seconds of training, at each variant's lowest seed."
        figure = error_at_equal_seconds(points, results.monitor, results.unit)
        pictures.append(Picture("error_at_equal_seconds", figure, caption))
    return Section("What it cost", sentences, tables, pictures)


def _equal_seconds(results: Results) -> list[str]:
    """Who leads when the fastest one is done, if that is not who leads at the end."""
    curves = {each.name: _by_seconds(each.first, results.monitor) for each in results.variants}
    curves = {name: (s, np.minimum.accumulate(e)) for name, (s, e) in curves.items() if len(s)}
    if len(curves) < 2:
        return []
    first_done = min(seconds[-1] for seconds, _ in curves.values())
    by_then = {name: errors[seconds <= first_done] for name, (seconds, errors) in curves.items()}
    by_then = {name: errors[-1] for name, errors in by_then.items() if len(errors)}
    leader = min(by_then, key=by_then.get)
    return [f"After {first_done:.0f} s, when the first of them was done, {leader} had the lowest {results.monitor}."]


def _by_seconds(trained, monitor) -> tuple[np.ndarray, np.ndarray]:
    seconds, errors = trained.curve("seconds"), trained.curve(monitor)
    return (seconds, errors) if len(seconds) == len(errors) else (np.empty(0), np.empty(0))


def _mean(values) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
