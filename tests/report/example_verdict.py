"""Verdicts on scores that are drawn."""

import numpy as np

from harness.metrics import BUILT_IN
from harness.report.verdict import verdict_on

RMSE = BUILT_IN.by_name["weighted_rmse"]


def scores(means, seeds=range(6), deviation=0.002):
    """By variant and (seed, fold 0), with the luck of a seed in common."""
    rng = np.random.default_rng(5)
    common = {seed: 0.1 * rng.normal() for seed in seeds}
    return {
        name: {(seed, 0): mean + common[seed] + deviation * rng.normal() for seed in seeds}
        for name, mean in means.items()
    }


def verdict(found, **more):
    settings = {"on": "", "metric": RMSE, "name": "test_weighted_rmse", "confidence": 0.95, "margin": 0.01}
    return verdict_on(found, {"seasonal_naive": 1.6}, **{**settings, "by_looks": True, **more})
