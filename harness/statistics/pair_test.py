"""Two variants against each other, at once or at every look: whether they differ, and whether they are equivalent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness.errors import InputError
from harness.statistics.comparison import Comparison, compare, differences_of, p_different, p_equivalent
from harness.statistics.sequential import FIRST, looks, nominal_level, sequential_p


@dataclass(frozen=True)
class PairTests:
    """P-values of some pairs, each for itself: [pairs].

    Attributes:
        different: two-sided.
        lower: whether the first one's scores are lower, not higher, at the look that shows most.
        equivalent: NaN without a margin.
    """

    different: np.ndarray
    lower: np.ndarray
    equivalent: np.ndarray


def pair_tests(both: Sequence[np.ndarray], *, margin: float | None, by_looks: bool) -> PairTests:
    """Each pair by the tests of `compare`; both: of each [2, seeds], in the order in which the seeds were trained.

    By looks, p is that of `sequential_p`: seeds after the last look are left out, and what one look has shown stays
    shown.
    """
    if by_looks:
        sizes = looks(max((each.shape[1] for each in both), default=0))
        p_values = np.ones((len(sizes), len(both), 3))
        for size, at_look in zip(sizes, p_values, strict=True):
            there = [place for place, each in enumerate(both) if each.shape[1] >= size]
            at_look[there] = _p_values(np.array([both[place][:, :size] for place in there]), margin)
        # That of equivalence is of one side, and the looks spend on both.
        p_values = sequential_p(np.minimum(p_values * [1, 1, 2], 1)) / [1, 1, 2]
    else:
        p_values = np.array([_p_values(each, margin) for each in both]).reshape(-1, 3)
    lower, higher, equivalent = p_values.T
    return PairTests(
        np.minimum(lower, higher), lower < higher, equivalent if margin is not None else equivalent * np.nan
    )


def _p_values(both: np.ndarray, margin: float | None) -> np.ndarray:
    """[..., 2, seeds] -> [..., 3]: that the first is not lower, not higher, not equivalent.

    The first two are two-sided; where the mean lies on the other side they are 1.
    """
    first, second = both[..., 0, :], both[..., 1, :]
    differences = differences_of(first, second)
    mean, p = differences.mean(axis=-1), p_different(differences)
    size = None if margin is None else margin * np.abs(second.mean(axis=-1))
    equivalent = np.ones_like(p) if size is None else p_equivalent(differences, size)
    return np.stack([np.where(mean < 0, p, 1), np.where(mean > 0, p, 1), equivalent], axis=-1)


def compare_pair(both: np.ndarray, *, confidence: float, margin: float | None, by_looks: bool) -> Comparison:
    """The first of two variants against the second, with the p-values of `pair_tests`, for itself alone.

    both: [2, seeds], in the order in which the seeds were trained.

    Raises:
        InputError: too few seeds.
    """
    at_last = compare_at_last(both, confidence=confidence, by_looks=by_looks)
    tested = pair_tests([both], margin=margin, by_looks=by_looks)
    equivalent = None if margin is None else float(tested.equivalent[0])
    return replace(at_last, p_value=float(tested.different[0]), p_equivalent=equivalent)


def compare_at_last(both: np.ndarray, *, confidence: float, by_looks: bool) -> Comparison:
    """As `compare_pair`, but with p of the last look alone.

    By looks, what comes after the last look is left out, and the interval holds at every look.

    Raises:
        InputError: too few seeds.
    """
    size, level = both.shape[1], 1 - confidence
    if by_looks:
        sizes = looks(size)
        if not sizes:
            found = f"{size} seeds in common"
            raise InputError("sweep.max_seeds", found, f"The first look is at {FIRST}: let the sweep get so far")
        size, level = sizes[-1], nominal_level(level, len(sizes) - 1)
    return compare(both[::-1, :size].T, reference=0, confidence=1 - level, margin=None)[0]
