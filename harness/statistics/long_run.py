"""How much differences of means over windows vary where windows are correlated, and nobody knows how far."""

from dataclasses import dataclass
from functools import cache

import numpy as np

# Cosines beyond so many make t hardly narrower.
MANY = 32
# How probable it is before any loss is seen that nothing but shared targets correlates windows.
NO_LENGTH = 0.5
# Lengths that are held possible beside none, evenly on a logarithmic scale.
LENGTHS = 10
# So small a part of a mean square is rounding.
ROUNDING = 1e-12


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

    A mean over windows is the first of the sums that a cosine transform takes. The next ones, of the longest periods,
    are nearly normal and independent and vary nearly as the mean does. The mean is seen once, they are seen several
    times: their mean square in the place of a variance makes the mean Student's t (Müller and Watson 2015,
    "Low-frequency econometrics", NBER working paper 21564; Lazarus, Lewis, Stock and Watson 2018, "HAR inference:
    recommendations for practice", Journal of Business and Economic Statistics 36(4)). Used are three cosines for every
    two windows that share nothing: targets are smoothed away at four.

    How much more than a cosine the mean varies depends on how far correlation reaches. Windows share targets up to the
    overlap, and what they share falls linearly; on top of that losses are taken as an AR(1) process of unknown length.
    None is as probable as all lengths together, from the shortest that the cosines can show to the whole test, and each
    is weighed by the cosines' likelihood. So the longest are ruled out only by losses that show it: few effective
    windows give wide variances.

    Politis and White's block length, the usual estimate, does not serve here: from n windows it looks no further than
    2 sqrt(n) of them and is at most 3 sqrt(n), less than the overlap for 400 windows of 100 outputs.
    """
    windows = len(by_window)
    degrees = int(np.clip(3 * windows // (2 * overlap), 2, MANY))
    lengths, basis, spectrum = _model(windows, overlap, degrees)
    differences, proportional = _differences(basis @ by_window, by_window.mean(axis=0))
    white = _mean_squares(differences, proportional, 1 / spectrum[1:])
    variances = white * spectrum[0][:, None, None] / windows
    varies = (white > 0).all(axis=0)
    if not varies.any():
        return LongRun(lengths, np.eye(len(lengths))[0], variances, degrees)
    size = np.log(spectrum[1:]).sum(axis=0) + degrees * np.log(white[:, varies]).mean(axis=1)
    prior = np.r_[NO_LENGTH, np.full(LENGTHS, (1 - NO_LENGTH) / LENGTHS)]
    # Whitened by the likeliest length: its long waves would else pass for what variants have in common.
    series = min(_series(differences[:, varies] / spectrum[1:, [size.argmin()]] ** 0.5), by_window.shape[1] - 1)
    weighed = np.log(prior) - series / 2 * size
    probabilities = np.exp(weighed - weighed.max())
    return LongRun(lengths, probabilities / probabilities.sum(), variances, degrees)


def _differences(cosines: np.ndarray, means: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of all pairs, [cosines, variants, variants], and those that there would be were one a multiple of the other.

    cosines: [cosines, variants]; means: [variants].
    """
    differences = cosines[:, :, None] - cosines[:, None]
    levels = cosines[:, :, None] + cosines[:, None]
    apart, together = means[:, None] - means, means[:, None] + means
    ratio = np.divide(apart, together, out=np.zeros_like(apart), where=together != 0)
    return differences, ratio * levels


def _mean_squares(differences: np.ndarray, proportional: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """[lengths, variants, variants] of differences less that share, 0 to 1, of the proportional ones that fits best.

    A variant that is worse by a fifth on every window differs by more where losses are high. That is the effect, and no
    chance: counted as chance it would hide a loser however large. Between equals the proportional ones vanish.
    """

    def product(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        return np.einsum("jvw,jl->lvw", one * other, weights) / len(one)

    cross, square = product(differences, proportional), product(proportional, proportional)
    share = np.clip(np.divide(cross, square, out=np.zeros_like(cross), where=square > 0), 0, 1)
    whole = product(differences, differences)
    left = whole - 2 * share * cross + share**2 * square
    return np.where(left > ROUNDING * whole, left, 0)


def _series(differences: np.ndarray) -> float:
    """How many independent series [cosines, pairs] are worth: the participation ratio of their correlations.

    Of n independent series of c cosines it is n c / (n + c) on average, from which n is taken; infinite where n > c.
    """
    unit = differences / np.linalg.norm(differences, axis=0)
    count, pairs = unit.shape
    squares = float(((unit @ unit.T) ** 2).sum()) / pairs**2 - 1 / count
    return 1 / squares if squares > 0 else np.inf


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
