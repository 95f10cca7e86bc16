"""Whether two formulas under two sets of weights are one objective, in NumPy alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.audit.objective import Function, Objective, deviation, evaluate
from harness.audit.oracle import oracle
from harness.audit.probes import Batch, Probe, probes
from harness.audit.rows import distinct_rows, extreme_rows, on_rows
from harness.kinds import Config

# In float64; what training could see is larger.
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Formula:
    """config: a resolved loss config; weights: [outputs] or [n, outputs], with a row for each training sample."""

    config: Config
    weights: np.ndarray

    def function(self) -> Function:
        """What the oracle computes of a probe; None where it knows no formula."""
        weights = np.asarray(self.weights, np.float64)
        return lambda true, pred, rows: oracle(self.config, true, pred, weights if weights.ndim == 1 else weights[rows])


def factor_between(one: Formula, other: Formula, batch: Batch, batch_size: int) -> float | None:
    """The number of times that `one` is `other`, on several batches and on the weights of every training row.

    None where they are not one objective up to a factor above 0, or where a formula is not known.

    Args:
        batch, batch_size: see `audit`.
    """
    weights = [np.asarray(formula.weights, np.float64) for formula in (one, other)]
    rows = (extreme_rows(weights), distinct_rows(weights))
    on = [*probes(batch, batch_size), *(probe for some in rows for probe in on_rows(batch, some, batch_size))]
    a, b = _on(one, on), _on(other, on)
    if a is None or b is None or not b.gradients.any():
        return None
    factor = float(a.gradients @ b.gradients / (b.gradients @ b.gradients))
    return factor if factor > 0 and deviation(a, b.times(factor)) <= TOLERANCE else None


def _on(formula: Formula, on: Sequence[Probe]) -> Objective | None:
    return evaluate(formula.function(), on)
