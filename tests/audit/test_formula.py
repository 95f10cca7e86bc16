"""Factors worked out by hand in test_audit.py, between any two formulas under any two sets of weights."""

import numpy as np
import pytest

from harness.audit.formula import Formula, factor_between
from harness.audit.probes import Batch

OUTPUTS, N = 5, 200
BATCH = Batch(*np.random.default_rng(0).normal(size=(2, 20, OUTPUTS)), np.arange(20))
LINE = np.linspace(1.9, 0.1, OUTPUTS)
ONES = np.ones(OUTPUTS)


def mse(normalise):
    return {"_target_": "harness.losses.WeightedMSE", "normalise": normalise}


def rmse(form):
    return {"_target_": "harness.losses.WeightedRMSE", "form": form}


@pytest.mark.parametrize(
    ("one", "other", "factor"),
    [
        (Formula(mse("sample"), LINE), Formula(mse("none"), LINE), 1),
        (Formula(mse("none"), 3 * LINE), Formula(mse("none"), LINE), 3),
        (Formula(mse("sample"), ONES), Formula(mse("none"), LINE), None),
        # sqrt(s / W) is sqrt(W) times sqrt(s) / W.
        (Formula(rmse("root_of_mean"), LINE), Formula(rmse("root_over_sum"), LINE), np.sqrt(OUTPUTS)),
        (Formula(rmse("root_over_sum"), LINE), Formula(mse("none"), LINE), None),
        (Formula(rmse("batch"), LINE), Formula(mse("none"), LINE), None),
        (Formula(mse("none"), np.tile(LINE, (N, 1))), Formula(mse("none"), LINE), 1),
        (Formula({"_target_": "theirs.Loss"}, LINE), Formula(mse("none"), LINE), None),
    ],
)
def test_factors(one, other, factor):
    found = factor_between(one, other, BATCH, 12)
    assert found is None if factor is None else found == pytest.approx(factor, rel=1e-9)


def test_one_row_of_many_is_enough_to_differ():
    weights = np.ones((N, OUTPUTS))
    weights[150] = 20
    assert factor_between(Formula(mse("none"), weights), Formula(mse("none"), ONES), BATCH, 12) is None
