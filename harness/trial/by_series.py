"""The test metrics of each series, where a data set holds several."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from harness.metrics import Metrics
from harness.spec import Dataset


def metrics_by_series(
    metrics: Metrics, data: Dataset, forecasts: Mapping[str, np.ndarray], weights: np.ndarray
) -> list[dict[str, object]]:
    """A row for each series and forecast: their names, the number of windows, and every test metric.

    Empty where the data set holds one series. A metric that the weights of a series leave without a value (all of them
    are 0) is NaN.

    Args:
        forecasts: by name, [n of test, outputs] in the data's own unit.
        weights: [outputs] or [n of test, outputs].
    """
    test = data.test
    if len(data.series) == 1:
        return []
    rows = []
    for i, name in enumerate(data.series):
        at = test.series == i
        own = weights if weights.ndim == 1 else weights[at]
        for forecast, values in forecasts.items():
            with np.errstate(invalid="ignore"):
                scores = metrics.evaluate("test", test.y[at], values[at], own)
            rows.append({"series": name, "forecast": forecast, "windows": int(at.sum()), **scores})
    return rows


def write_by_series(file: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Writes the rows of `metrics_by_series` as CSV, every digit of a figure kept."""
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
