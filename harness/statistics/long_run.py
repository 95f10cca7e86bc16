"""How much a mean over windows varies where neighbouring windows are correlated, and nobody knows how far."""

from dataclasses import dataclass
from functools import cache

import numpy as np

# Cosines beyond so many make t hardly narrower.
MANY = 32
# Correlation lengths that are held possible, beside none: this many, on a logarithmic scale.
LENGTHS = 12


@dataclass(frozen=True)
class LongRun:
    """The variances of differences of means over windows, under several correlation lengths.

    Attributes:
        lengths: [lengths], in windows; correlation beyond the overlap falls as exp(-distance / length).
        probabilities: [lengths], of each, given the losses.
        variances: [lengths, variants, variants], of the differences of means, under each.
        degrees: of freedom on which each variance rests.
    """

    lengths: np.ndarray
    probabilities: np.ndarray
    variances: np.ndarray
    degrees: int

    @property
    def length(self) -> float:
        """The median of the correlation length, in windows."""
        return float(self.lengths[np.searchsorted(self.probabilities.cumsum(), 0.5)])


def long_run(by_window: np.ndarray, *, overlap: int) -> LongRun:
    """The variances for losses [windows, variants] of which `overlap` windows in a row share targets.

    A mean over windows is one of the weighted sums that a cosine transform takes. Its neighbours, the cosines of the
    longest periods, vary nearly as it does, are nearly normal and independent, and can be seen in the data where the
    mean itself is seen once: a mean over them in Student's place gives t (Müller and Watson 2015, "Low-frequency
    econometrics", NBER working paper 21564; Lazarus, Lewis, Stock and Watson 2018, "HAR inference: recommendations for
    practice", Journal of Business and Economic Statistics 36(4)). There are as many as the test windows hold windows
    that share nothing.

    How much less a cosine varies than the mean depends on how far correlation reaches. Windows share targets up to the
    overlap, and what they share falls linearly; on top of that errors are taken as an AR(1) process of unknown length.
    Each length from the shortest that the cosines can show to that of the whole test is held equally possible on a
    logarithmic scale, as is none, and weighed by the likelihood of the cosines (Whittle's), profiled over the variance,
    as of so many independent series as the variants are worth.

    Politis and White's block length, the usual estimate, does not serve here: from n windows it looks no further than
    2 sqrt(n) of them and is at most 3 sqrt(n), less than the overlap for 400 windows of 100 outputs.
    """
    windows = len(by_window)
    degrees = int(np.clip(windows // overlap, 2, MANY))
    lengths, basis, spectrum = _model(windows, overlap, degrees)
    cosines = basis @ by_window
    pairs = (cosines[:, :, None] - cosines[:, None]) ** 2
    white = np.einsum("jl,jvw->lvw", 1 / spectrum[1:], pairs) / degrees
    pooled = white.mean(axis=(1, 2))
    if not pooled.any():
        return LongRun(lengths, np.eye(len(lengths))[0], white, degrees)
    likelihood = -0.5 * _series(cosines) * (np.log(spectrum[1:]).sum(axis=0) + degrees * np.log(pooled))
    weights = np.exp(likelihood - likelihood.max())
    return LongRun(lengths, weights / weights.sum(), white * spectrum[0][:, None, None] / windows, degrees)


def _series(cosines: np.ndarray) -> float:
    """How many independent series [cosines, variants] are worth: the participation ratio of their covariance."""
    centred = cosines - cosines.mean(axis=1, keepdims=True)
    covariance = centred.T @ centred
    return float(np.trace(covariance) ** 2 / (covariance**2).sum())


@cache
def _model(windows: int, overlap: int, degrees: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Correlation lengths; cosines [degrees, windows]; variances [1 + degrees, lengths], of the mean's sum first.

    All sums are weighted to a sum of squares of 1, and a window's variance is 1.
    """
    lengths = np.concatenate([[0.0], np.geomspace(windows / (2 * degrees), windows, LENGTHS)])
    place = np.pi * np.arange(degrees + 1)[:, None] * (np.arange(windows) + 0.5) / windows
    basis = np.cos(place) * np.where(np.arange(degrees + 1) == 0, 1, 2**0.5)[:, None] / windows**0.5
    power = np.abs(np.fft.rfft(basis, 2 * windows, axis=1)) ** 2
    products = np.fft.irfft(power, axis=1)[:, :windows]
    products[:, 1:] *= 2
    correlations = np.stack([_correlation(windows, overlap, length) for length in lengths], axis=1)
    return lengths, basis[1:], products @ correlations


def _correlation(windows: int, overlap: int, length: float) -> np.ndarray:
    """[windows], at distances 0, 1, ..., of means over `overlap` steps of an AR(1) process."""
    far = windows + overlap
    distance = np.abs(np.arange(-far, far + 1))
    steps = np.exp(-distance / length) if length else (distance == 0).astype(float)
    shared = overlap - np.abs(np.arange(1 - overlap, overlap))
    covariance = np.convolve(steps, shared, mode="same")[far : far + windows]
    return covariance / covariance[0]
