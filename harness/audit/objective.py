"""What a loss variant gives on some probes, and how far two of them lie apart."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from harness.audit.probes import Probe

# (y_true [b, outputs], y_pred [b, outputs], rows [b]) -> (the loss, its gradient by y_pred [b, outputs])
Function = Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[float, np.ndarray] | None]


@dataclass(frozen=True)
class Objective:
    """values: [probes]; gradients: all entries of all probes; starts: [probes], where each probe's gradient starts."""

    values: np.ndarray
    gradients: np.ndarray
    starts: np.ndarray

    def times(self, factor: float) -> "Objective":
        """`factor` times this one."""
        return Objective(factor * self.values, factor * self.gradients, self.starts)

    @property
    def finite(self) -> bool:
        """Whether every value and every gradient is a number."""
        return bool(np.isfinite(self.values).all() and np.isfinite(self.gradients).all())

    @property
    def norms(self) -> np.ndarray:
        """[probes]: how long each probe's gradient is."""
        return np.sqrt(np.add.reduceat(self.gradients**2, self.starts))


def evaluate(function: Function, on: Sequence[Probe]) -> Objective | None:
    """The function on every probe; None where it gives None on one of them."""
    results = [result for result in (function(*probe) for probe in on) if result is not None]
    if len(results) < len(on):
        return None
    ends = np.cumsum([gradient.size for _, gradient in results])
    gradients = np.concatenate([gradient.ravel() for _, gradient in results])
    return Objective(np.array([value for value, _ in results]), gradients, np.r_[0, ends[:-1]])


def deviation(a: Objective, b: Objective) -> float:
    """The largest one: of values relative to the largest value, of a gradient's entry to the largest of its probe."""
    return max(spread(a.values, b.values), gradient_deviation(a, b))


def spread(a: np.ndarray, b: np.ndarray) -> float:
    """How much the difference of two objectives' values changes over the probes, relative to the largest value."""
    highest = max(np.abs(a).max(), np.abs(b).max())
    return _or_infinite(np.ptp(a - b) / highest) if highest else 0.0


def gradient_deviation(a: Objective, b: Objective) -> float:
    """The largest deviation of a gradient's entry, relative to the largest entry of its probe."""
    peaks = [np.maximum.reduceat(np.abs(g), a.starts) for g in (a.gradients, b.gradients, a.gradients - b.gradients)]
    largest = np.maximum(peaks[0], peaks[1])
    return _or_infinite(np.max(peaks[2] / np.where(largest > 0, largest, 1)))


def _or_infinite(deviation: float) -> float:
    """Infinite instead of NaN, which no comparison would find too large."""
    return float(np.inf if np.isnan(deviation) else deviation)
