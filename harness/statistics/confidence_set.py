"""The model confidence set: the variants that cannot be told from the best, over seeds and test windows."""

from dataclasses import dataclass

import numpy as np

from harness.errors import InputError
from harness.statistics.long_run import long_run
from harness.statistics.seeds import need_two

# More seeds are drawn as so many: t is hardly larger than with more, and memory stays small.
MANY = 50


@dataclass(frozen=True)
class ConfidenceSet:
    """The variants that cannot be told from the best.

    Attributes:
        included: [variants], bool.
        p_values: [variants], 1 for the last one standing.
        length: how far losses are correlated beyond the overlap, in windows.
    """

    included: np.ndarray
    p_values: np.ndarray
    length: float


def confidence_set(
    losses: np.ndarray, *, overlap: int, confidence: float, resamples: int, rng: np.random.Generator
) -> ConfidenceSet:
    """Holds the best variant with the given confidence; losses: [seeds, windows, variants], lower is better.

    overlap: how many windows in a row share targets, the number of outputs where windows are one step apart.

    The procedure is Hansen, Lunde and Nason's (2011, "The model confidence set", Econometrica 79(2)) with the largest
    |t| of all pairs: while it is too large to be chance, the variant that loses by it is left out; its p-value is the
    largest met so far. Theirs runs over windows alone. But networks that differ in nothing but their seeds also have
    different mean losses, on all windows: so here a difference varies for two reasons, with the sum of two variances.

    - Seeds: the variance of the means over windows, from seed to seed.
    - Windows: the variance of the means over seeds, by `long_run`, under each length that correlation may have. Noise
      that belongs to one network and one window is counted with both, which can only keep variants in.

    Either is measured on few: a handful of seeds, and of windows that share nothing. That makes |t| heavy-tailed, and
    resampling so few would not show it. Chance is therefore drawn from normal seeds and normal sums over windows, under
    a correlation length drawn by its probability, and each draw is divided by its own deviation, as in Student's t;
    variants are drawn as independent, where the largest of all pairs is largest.

    Variants with the same losses to the bit count as one: they stand or fall together.

    Raises:
        InputError: for one seed, or for windows too few to tell how much they vary.
    """
    losses = np.asarray(losses, dtype=np.float64)
    seeds, windows, _ = losses.shape
    need_two(seeds, "model confidence sets")
    if windows < 2 * overlap:
        raise InputError(
            "data.split",
            f"test has {windows} windows, of which {overlap} in a row share targets: fewer than two that share none",
            f"Give test {2 * overlap} windows or more for a model confidence set, or forecast fewer outputs",
        )
    kinds: dict[bytes, int] = {}
    kind = [kinds.setdefault(each.tobytes(), len(kinds)) for each in np.moveaxis(losses, 2, 0)]
    distinct = losses[:, :, [kind.index(i) for i in range(len(kinds))]]
    by_seed, by_window = distinct.mean(axis=1), distinct.mean(axis=0)

    of_seeds = _pairs(by_seed).var(axis=0, ddof=1) / seeds
    over_windows = long_run(by_window, overlap=overlap)
    of_windows = np.tensordot(over_windows.probabilities, over_windows.variances, axes=1)
    observed = _ratio(_pairs(by_seed.mean(axis=0)), np.sqrt(of_seeds + of_windows))
    from_seeds, spread_of_seeds = _by_chance(resamples, seeds, len(kinds), rng)
    from_windows, spread_of_windows = _by_chance(resamples, over_windows.degrees + 1, len(kinds), rng)
    length = rng.choice(len(over_windows.lengths), size=resamples, p=over_windows.probabilities)
    by_chance = _ratio(
        np.sqrt(of_seeds) * from_seeds + np.sqrt(over_windows.variances)[length] * from_windows,
        np.sqrt(of_seeds * spread_of_seeds + of_windows * spread_of_windows),
    )
    p_values = _eliminate(observed, by_chance)[kind]
    return ConfidenceSet(p_values > 1 - confidence, p_values, over_windows.length)


def _by_chance(resamples: int, count: int, variants: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Differences of means of `count` normal values, of variance 1, and that variance as the values themselves show it.

    [resamples, variants, variants] each.
    """
    count = min(count, MANY)
    drawn = rng.standard_normal((resamples, count, variants))
    means = drawn.mean(axis=1)
    centred = drawn - means[:, None]
    covariance = np.swapaxes(centred, 1, 2) @ centred / (count - 1)
    own = np.diagonal(covariance, axis1=1, axis2=2)
    return _pairs(means) * np.sqrt(count / 2), (own[:, :, None] + own[:, None]) / 2 - covariance


def _eliminate(observed: np.ndarray, by_chance: np.ndarray) -> np.ndarray:
    """p [variants] from t of all pairs [variants, variants] (row less column) and from chance [resamples, ...]."""
    left, p_values, largest = list(range(len(observed))), np.ones(len(observed)), 0.0
    while len(left) > 1:
        pairs = np.ix_(left, left)
        worst = observed[pairs].max(axis=1)
        reached = by_chance[:, *pairs].max(axis=(1, 2)) >= worst.max()
        largest = max(largest, (1 + reached.sum()) / (1 + len(reached)))
        loser = left.pop(int(worst.argmax()))
        p_values[loser] = largest
    return p_values


def _pairs(values: np.ndarray) -> np.ndarray:
    """[..., variants] -> [..., variants, variants], row less column."""
    return values[..., :, None] - values[..., None, :]


def _ratio(difference: np.ndarray, deviation: np.ndarray) -> np.ndarray:
    """0 for no difference, infinite for one that never varies."""
    endless = np.where(difference == 0, 0, np.copysign(np.inf, difference))
    return np.divide(difference, deviation, out=endless, where=deviation > 0)
