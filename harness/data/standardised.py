"""A series in deviations of its own train rows, so that series of different units can be averaged."""

from dataclasses import replace

import numpy as np

from harness.data.splits import Span
from harness.errors import InputError
from harness.spec import Series

UNIT = "train deviations"


def standardised(series: Series, train: Span) -> Series:
    """Each column but the indicators, less the mean and divided by the deviation of its known train rows.

    This is what the published tables on ETT rest on (arXiv 2205.13504): the train rows alone, the deviation over n.

    Raises:
        InputError: a column that is constant over the train rows, or has no value there.
    """
    columns = series.values.shape[1] - series.indicators
    rows = series.values[train.start : train.end, :columns]
    with np.errstate(invalid="ignore"):
        known = np.where(np.isnan(rows).all(axis=0), 0.0, rows)
        mean, deviation = np.nanmean(known, axis=0), np.nanstd(known, axis=0)
    constant = np.flatnonzero(deviation <= 1e-12 * np.abs(mean))
    if constant.size:
        raise InputError(
            "data.standardised",
            f"column {constant[0]} (counted from 0, the target first) does not vary over the {len(rows)} train rows",
            "Leave that column out, or write data.standardised=false",
        )
    values = series.values.copy()
    values[:, :columns] = (values[:, :columns] - mean) / deviation
    return replace(series, values=values, unit=UNIT)
