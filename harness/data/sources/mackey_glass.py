"""The Mackey-Glass series: chaotic, generated, without noise."""

import math
from typing import Annotated, TypeAlias

import numpy as np
from annotated_types import Interval

from harness.kinds import Count, Seed, Unit
from harness.spec import Series

# Steps of the integration for one row.
STEPS = 10
# A million rows take half a minute.
Rows: TypeAlias = Annotated[int, Interval(ge=1, le=1_000_000)]
Rate: TypeAlias = Annotated[float, Interval(ge=0.001, le=10)]


def mackey_glass(
    *,
    length: Rows,
    tau: Annotated[int, Interval(ge=1, le=10_000)],
    beta: Rate,
    gamma: Rate,
    exponent: Annotated[float, Interval(ge=0.001, le=50)],
    warmup: Annotated[int, Interval(ge=0, le=1_000_000)],
    seed: Seed,
    season: Count | None,
    unit: Unit,
) -> Series:
    """The series, one row a unit of time.

    Args:
        length: rows.
        warmup: rows left out before the first, while the series settles on its attractor.
        seed: draws the constant history that the series starts from, between 0.5 and 1.5; not the trial's seed.

    tau, beta, gamma, exponent: `solve`.
    """
    level = float(np.random.default_rng(seed).uniform(0.5, 1.5))
    series = solve(level, rows=warmup + length, tau=tau, beta=beta, gamma=gamma, exponent=exponent)
    return Series(series[warmup:, None], target=0, season=season, unit=unit, name="mackey_glass")


def solve(level: float, *, rows: int, tau: int, beta: float, gamma: float, exponent: float) -> np.ndarray:
    """[rows]: x(0), x(1), ... with x = `level` up to time 0.

    dx/dt = beta x(t - tau) / (1 + x(t - tau)^exponent) - gamma x(t), from Mackey & Glass, Oscillation and Chaos in
    Physiological Control Systems, Science 197 (1977). Between two grid points the feedback is taken as
    linear and the decay is solved exactly: an error of second order in the step.
    """
    step = 1 / STEPS
    kept = math.exp(-gamma * step)
    # Weights of the feedback at the start and the end of a step: integrals of exp(-gamma (step - t)) over the step,
    # against the falling and the rising line.
    end = (1 - (1 - kept) / (gamma * step)) / gamma
    start = (1 - kept) / gamma - end
    x = [level] * (tau * STEPS + 1)
    feedback = [beta * level / (1 + level**exponent)] * len(x)
    for i in range((rows - 1) * STEPS):
        x.append(kept * x[-1] + start * feedback[i] + end * feedback[i + 1])
        feedback.append(beta * x[-1] / (1 + x[-1] ** exponent))
    return np.array(x[tau * STEPS :: STEPS])
