"""The model confidence set: the variants that cannot be told from the best, over seeds and test windows."""

from dataclasses import dataclass

import numpy as np
from arch.bootstrap import CircularBlockBootstrap

from harness.errors import InputError
from harness.statistics.seeds import need_two

# More seeds or blocks are drawn as so many: t is hardly larger than with more, and memory stays small.
MANY = 50


@dataclass(frozen=True)
class ConfidenceSet:
    """included: [variants], bool; p_values: [variants], 1 for the last one standing."""

    included: np.ndarray
    p_values: np.ndarray


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
    - Windows: the variance of the means over seeds, by arch's bootstrap of circular blocks. Noise that belongs to one
      network and one window is counted with both, which can only keep variants in.

    Either is measured on few: a handful of seeds, and of windows that share nothing. That makes |t| heavy-tailed, and
    resampling so few would not show it. Chance is therefore drawn from normal seeds and normal blocks, and each draw
    is divided by its own deviation, as in Student's t; variants are drawn as independent, where the largest of all
    pairs is largest.

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
    of_windows, blocks = _variance_over_windows(by_window, overlap, resamples, rng)
    observed = _ratio(_pairs(by_seed.mean(axis=0)), np.sqrt(of_seeds + of_windows))
    from_seeds, spread_of_seeds = _by_chance(resamples, seeds, len(kinds), rng)
    from_blocks, spread_of_blocks = _by_chance(resamples, blocks, len(kinds), rng)
    by_chance = _ratio(
        np.sqrt(of_seeds) * from_seeds + np.sqrt(of_windows) * from_blocks,
        np.sqrt(of_seeds * spread_of_seeds + of_windows * spread_of_blocks),
    )
    p_values = _eliminate(observed, by_chance)[kind]
    return ConfidenceSet(p_values > 1 - confidence, p_values)


def _variance_over_windows(by_window: np.ndarray, overlap: int, resamples: int, rng) -> tuple[np.ndarray, int]:
    """Of the differences of means [variants, variants], and on how many blocks it rests.

    Blocks of twice the overlap, or down to one where there would be fewer than four. Their variance is too low by what
    reaches across blocks, and by centring, as with any n values; both are put right. The first, for windows that share
    ever less up to `overlap`: with correlations 1 - k / overlap a block sees the sum over k of (1 - k / block) (1 - k /
    overlap), and misses a share of (overlap^2 - 1) / (3 block overlap).
    """
    windows = len(by_window)
    block = int(np.clip(windows // 4, overlap, 2 * overlap))
    drawn = CircularBlockBootstrap(block, by_window, seed=rng).apply(lambda some: some.mean(axis=0), resamples)
    missed = (overlap**2 - 1) / (3 * block * overlap)
    variance = (_pairs(drawn - by_window.mean(axis=0)) ** 2).mean(axis=0)
    return variance / (1 - block / windows) / (1 - missed), windows // block


def _by_chance(resamples: int, count: int, variants: int, rng) -> tuple[np.ndarray, np.ndarray]:
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
