"""Tests that hold their level although one looks again and again, as the seeds grow in number.

A test at level a, repeated at every look, rejects a true hypothesis far more often than in a of all sweeps. Here each
look has a share of the level to spend (Lan and DeMets 1983, "Discrete sequential boundaries for clinical trials",
Biometrika 70(3)): what is left to spend at the next one follows from the joint distribution of the looks, which under
the hypothesis is that of a random walk at so many steps as there are seeds. The shares depend on the number of seeds
alone, not on how many there will be: so a sweep may stop whenever it likes and may be extended later. Boundaries of
normal means become those of other tests by their p-values (Jennison and Turnbull 2000, "Group sequential methods with
applications to clinical trials", section 3.8 and chapter 11: the significance level approach, an approximation for few
seeds; `python -m tests.statistics.simulations` shows what it is worth).
"""

from functools import cache

import numpy as np
import scipy

# The numbers of seeds at which there is a look: from the first at which skewness shows, each a third larger.
FIRST, GROWTH, MOST_LOOKS = 6, 4 / 3, 14
# Half of the level is spent at so many seeds. By n seeds it is n^2 / (n^2 + HALF^2): little at six, where a t of five
# degrees decides next to nothing, and the rest where decisions fall. Beside n / (n + 12) a sweep of 20, 48 or 113 seeds
# finds more, by 1 to 9 points, and stops no later; differences of two deviations and more take .1 to .7 seeds longer.
HALF = 18
# Points of the density of the random walk; levels at which boundaries are computed, between which they follow a line.
POINTS, LEVELS = 201, np.logspace(-9, np.log10(0.99), 40)


@cache
def all_looks() -> tuple[int, ...]:
    """The numbers of seeds at which there is a look, however many seeds there may be."""
    sizes = [FIRST]
    while len(sizes) < MOST_LOOKS:
        sizes.append(int(np.ceil(sizes[-1] * GROWTH)))
    return tuple(sizes)


def looks(seeds: int) -> list[int]:
    """The numbers of seeds, at most `seeds`, at which there is a look."""
    return [size for size in all_looks() if size <= seeds]


def sequential_p(p_values: np.ndarray) -> np.ndarray:
    """P-values that hold whenever one stops; p_values: [looks, ...], two-sided, at the first looks -> [...].

    It is the smallest level at which a test that spends its level over the looks would have rejected by now. It never
    rises from look to look, and is at most a by a look, ever, in at most a of all sweeps where the hypothesis is true.
    """
    p_values = np.asarray(p_values, dtype=np.float64)
    smallest, known = np.ones(p_values.shape[1:]), np.log(LEVELS)
    for p_value, nominal in zip(np.log(np.maximum(p_values, 1e-300)), np.log(_nominal_levels()).T, strict=False):
        # Below the smallest level that is computed, a level is the same share of its nominal one.
        level = np.interp(p_value, nominal, known) + np.minimum(p_value - nominal[0], 0)
        smallest = np.minimum(smallest, np.exp(np.where(p_value > nominal[-1], 0, level)))
    return smallest


def nominal_level(level: float, look: int) -> float:
    """What a p-value is compared with at a look, counted from 0, by a test of this level over all looks."""
    nominal, known = np.log(_nominal_levels()[:, look]), np.log(LEVELS)
    wanted = np.log(level)
    return float(np.exp(np.interp(wanted, known, nominal) + min(wanted - known[0], 0)))


@cache
def _nominal_levels() -> np.ndarray:
    """[levels, looks], two-sided, increasing with the level."""
    return np.array([_boundaries(float(level)) for level in LEVELS])


def _boundaries(level: float) -> list[float]:
    """The two-sided nominal level of each look."""
    sizes = all_looks()
    shares = np.diff([0.0, *(size**2 / (size**2 + HALF**2) for size in sizes)])
    nominal = [level * float(shares[0])]
    walk = _grid(nominal[0])
    # Of the mean in its deviations, where it has not crossed its boundary yet.
    density = np.exp(-(walk**2) / 2) / np.sqrt(2 * np.pi)
    for before, size, share in zip(sizes, sizes[1:], shares[1:], strict=False):
        mass, scale, step = density * _simpson(walk), np.sqrt(before / size), np.sqrt(1 - before / size)
        nominal.append(2 * float(scipy.special.ndtr(-_bound(walk, mass, scale, step, level * share))))
        new = _grid(nominal[-1])
        kernel = np.exp(-(((new[:, None] - scale * walk) / step) ** 2) / 2) / (step * np.sqrt(2 * np.pi))
        walk, density = new, kernel @ mass
    return nominal


def _grid(nominal: float) -> np.ndarray:
    bound = -scipy.special.ndtri(nominal / 2)
    return np.linspace(-bound, bound, POINTS)


def _bound(walk: np.ndarray, mass: np.ndarray, scale: float, step: float, share: float) -> float:
    """The bound that a walk with this mass crosses, on either side, with probability `share` at the next look."""
    low, high = 0.0, 40.0
    for _ in range(60):
        bound = (low + high) / 2
        above = scipy.special.ndtr((scale * walk - bound) / step)
        below = scipy.special.ndtr((-scale * walk - bound) / step)
        crossed = float(mass @ (above + below))
        low, high = (bound, high) if crossed > share else (low, bound)
    return high


def _simpson(points: np.ndarray) -> np.ndarray:
    """The weights of Simpson's rule on an odd number of equidistant points."""
    weights = np.full(len(points), 2.0)
    weights[1::2] = 4.0
    weights[[0, -1]] = 1.0
    return weights * (points[1] - points[0]) / 3
