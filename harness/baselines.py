"""The forecasts that any network must beat."""

import numpy as np

from harness.spec import Histories


def baselines(x: Histories, outputs: int, target: int | None, season: int | None) -> dict[str, np.ndarray]:
    """Forecasts from each window's own history of the target, by name: [n, outputs], in the unit of the target.

    x: [n, lookback, features] in the data's own units; target: the column that holds the target's history; season:
    its steps in one season. The outputs are the steps right after the window.

    persistence: the last value. seasonal_naive: the value one season before, or two, ..., the latest that the window
    holds. seasonal_naive_with_drift: that value plus, for each season ahead, what the last value gained over the
    value one season before it.

    Only those that the history allows: none without `target`, the seasonal ones not without `season`, nor from less
    than one season (with drift: one season and one step) of history.
    Source: Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., section 5.2; the drift here is
    taken over the last season of the window.
    """
    if target is None:
        return {}
    lookback = x.shape[1]
    last = x[:, -1:, target]
    forecasts = {"persistence": np.repeat(last, outputs, axis=1)}
    if season is None or lookback < season:
        return forecasts
    ahead = np.arange(outputs)
    forecasts["seasonal_naive"] = x[:, -season:, target][:, ahead % season]
    if lookback > season:
        drift = last - x[:, -1 - season, target][:, np.newaxis]
        forecasts["seasonal_naive_with_drift"] = forecasts["seasonal_naive"] + drift * (1 + ahead // season)
    return forecasts
