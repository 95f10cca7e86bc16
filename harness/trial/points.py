"""A trial's figures as the points that are tracked: (metric, value, step)."""

from collections.abc import Mapping, Sequence

import numpy as np

from harness.run import BY_OUTPUT
from harness.training.history import History

Point = tuple[str, float, int]
Points = Sequence[Point]
# Metrics of the machine, not of the result.
MEASURED = {"train_seconds", "evaluate_seconds", "peak_memory_mb", "curve/seconds"}


def points(metrics: Mapping[str, float], by_output: np.ndarray, history: History, monitor: str) -> Points:
    """Curves by epoch from 1; errors, and what the loss has learned, by output from 0; all else at step 0.

    Args:
        metrics: the scalars, by name.
        by_output: test RMSE of each output, or none.
        monitor: the name of the curve beside the loss.
    """
    tracked = [(name, float(value), 0) for name, value in metrics.items()]
    tracked += curve_points(history, monitor)
    for name, values in history.owned.items():
        tracked += [(f"loss/{name}", float(value), i) for i, value in enumerate(np.ravel(values))]
    return tracked + [(BY_OUTPUT, float(value), i) for i, value in enumerate(by_output)]


def curve_points(history: History, monitor: str, after: int = 0) -> list[Point]:
    """The curves by epoch from 1, of the epochs after `after`; monitor: the name of the curve beside the loss."""
    curves = (("own_loss", history.own_loss), (monitor, history.monitor), ("seconds", history.seconds))
    return [
        (f"curve/{name}", float(value), epoch)
        for name, curve in curves
        for epoch, value in enumerate(curve[after:], start=after + 1)
    ]
