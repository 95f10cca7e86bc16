"""The Mackey-Glass series: chaotic, generated, without noise."""

import math

import numpy as np

from harness.checks import at_least
from harness.errors import InputError
from harness.spec import Series

# Steps of the integration for one row.
STEPS = 10


def mackey_glass(
    *,
    length: int,
    tau: int,
    beta: float,
    gamma: float,
    exponent: float,
    warmup: int,
    seed: int,
    season: int | None,
    unit: str,
) -> Series:
    """The series, one row a unit of time.

    Args:
        length: rows.
        warmup: rows left out before the first, while the series settles on its attractor.
        seed: draws the constant history that the series starts from, between 0.5 and 1.5; not the trial's seed.

    tau, beta, gamma, exponent: `solve`.

    Raises:
        InputError: a figure out of its range.
    """
    for key, whole, minimum in (("length", length, 1), ("tau", tau, 1), ("warmup", warmup, 0), ("seed", seed, 0)):
        at_least(f"data.{key}", whole, minimum)
    for key, value, most in (("beta", beta, 10), ("gamma", gamma, 10), ("exponent", exponent, 50)):
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0.001 <= value <= most:
            raise InputError(f"data.{key}", f"got {value!r}", f"Write a number from 0.001 to {most}")
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
