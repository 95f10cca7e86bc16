"""How much of a score's variance is due to what: swept keys, their interactions, seeds and folds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from harness.errors import InputError

VARIANT, SEED, FOLD = "variant", "seed", "fold"
JOIN = " × "
# Interactions of more keys than these are one part.
MOST_KEYS = 2


@dataclass(frozen=True)
class Part:
    """One source of variance.

    Attributes:
        name: the keys or replicates it is an effect of, joined by ×; of the replicates with all keys as one, `variant`.
        swept: whether it is an effect of what is swept alone, and none of chance.
        free: degrees of freedom; mean_square: of the effect, in the square of the score's unit.
        variance: how much of it adds to the variance of a score; an estimate below 0 is 0.
        share: of the sum of all parts; NaN where that is 0.
    """

    name: str
    swept: bool
    free: int
    mean_square: float
    variance: float
    share: float


def variance_parts(scores: np.ndarray, keys: Sequence[str]) -> list[Part]:
    """The parts of the variance of a balanced design, what is swept first.

    Swept keys are fixed factors, seeds and folds are random ones, crossed with all variants, with one score a cell.
    The expected value of each mean square of an analysis of variance is a sum of variances, of its own effect and of
    all random effects that hold it (Searle, Casella and McCulloch 1992, "Variance components", chapter 4: the model
    without restrictions); solved from the highest interaction down they give each part. That of a fixed effect is the
    mean of its squares, so its share is omega squared (Vaughan and Corballis 1969, "Beyond tests of significance",
    Psychological Bulletin 72(3)). Unlike shares of sums of squares, they do not grow with luck: a key without any
    effect has one of 0 on average, but for estimates below 0, which count as 0.

    Args:
        scores: [values of the first key, ..., values of the last key, seeds, folds], none of them missing.
        keys: the names of the keys.

    Raises:
        InputError: one seed and one fold, which leaves nothing to tell chance by.
    """
    scores = np.asarray(scores, np.float64)
    seeds, folds = scores.shape[-2:]
    if seeds * folds < 2:
        raise InputError("seed", "got one seed", "Sweep seed=0,1,2 or more to see what is due to chance")
    axes = {VARIANT: int(np.prod(scores.shape[:-2])), SEED: seeds, FOLD: folds}
    axes = {name: size for name, size in axes.items() if size > 1}
    flat = scores.reshape([size for size in axes.values()])
    places = {name: place for place, name in enumerate(axes)}
    squares = {
        names: _square(flat, [places[name] for name in names])
        for size in (3, 2, 1)
        for names in combinations(axes, size)
    }
    variances: dict[tuple[str, ...], float] = {}
    for names, (free, square) in squares.items():
        above = _above(names, axes, variances)
        variances[names] = max((square / free - above) / _copies(names, axes), 0.0)
    chance = _above((VARIANT,), axes, variances)
    parts = [_swept(scores, of, keys, chance) for of in _effects(scores.shape[:-2])]
    order = ((SEED,), (FOLD,), (SEED, FOLD), (VARIANT, SEED), (VARIANT, FOLD), (VARIANT, SEED, FOLD))
    parts += [
        Part(
            JOIN.join(names), False, squares[names][0], squares[names][1] / squares[names][0], variances[names], np.nan
        )
        for names in order
        if names in squares
    ]
    return _with_shares(_pooled(parts, scores.size, chance))


def _square(array: np.ndarray, axes: Sequence[int]) -> tuple[int, float]:
    """(degrees of freedom, sum of squares) of the effect of these axes."""
    effect = array
    for axis in range(array.ndim):
        mean = effect.mean(axis=axis, keepdims=True)
        effect = effect - mean if axis in axes else mean
    free = int(np.prod([array.shape[axis] - 1 for axis in axes]))
    return free, float((effect**2).sum()) * array.size / effect.size


def _copies(names: Sequence[str], axes: Mapping[str, int]) -> int:
    """How many scores share one level of an effect."""
    return int(np.prod([size for name, size in axes.items() if name not in names]))


def _above(names: Sequence[str], axes: Mapping[str, int], variances: Mapping[tuple[str, ...], float]) -> float:
    """What the random effects that hold this one add to its expected mean square."""
    return sum(_copies(other, axes) * variance for other, variance in variances.items() if set(names) < set(other))


def _effects(values: Sequence[int]) -> list[tuple[int, ...]]:
    """Every effect of the keys that have several values."""
    several = [place for place, count in enumerate(values) if count > 1]
    return [of for size in range(1, len(several) + 1) for of in combinations(several, size)]


def _swept(scores: np.ndarray, of: Sequence[int], keys: Sequence[str], chance: float) -> Part:
    free, square = _square(scores, of)
    name = JOIN.join(keys[place] for place in of)
    return Part(name, True, free, square / free, max(square - free * chance, 0.0) / scores.size, np.nan)


def _pooled(parts: Sequence[Part], size: int, chance: float) -> list[Part]:
    """Interactions of more than two keys as one."""
    high = [part for part in parts if part.swept and part.name.count(JOIN) >= MOST_KEYS]
    if len(high) < 2:
        return list(parts)
    kept = [part for part in parts if part not in high]
    free = sum(part.free for part in high)
    square = sum(part.free * part.mean_square for part in high)
    one = Part(
        "interactions of three or more", True, free, square / free, max(square - free * chance, 0) / size, np.nan
    )
    last = sum(part.swept for part in kept)
    return [*kept[:last], one, *kept[last:]]


def _with_shares(parts: Sequence[Part]) -> list[Part]:
    total = sum(part.variance for part in parts)
    return [
        Part(p.name, p.swept, p.free, p.mean_square, p.variance, p.variance / total if total else np.nan) for p in parts
    ]
