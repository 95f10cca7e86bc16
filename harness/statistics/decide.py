"""Which variants are better, which are equivalent, and what remains open: all pairs, at whatever moment one stops."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import combinations

import numpy as np
import scipy

from harness.statistics.all_pairs import all_pairs
from harness.statistics.holm import holm
from harness.statistics.pair_test import compare_at_last, pair_tests
from harness.statistics.sequential import FIRST


class Verdict(Enum):
    """What is known of one variant against another."""

    BETTER = "better"
    WORSE = "worse"
    EQUIVALENT = "equivalent"
    OPEN = "open"


# The other way round.
MIRRORED = {Verdict.BETTER: Verdict.WORSE, Verdict.WORSE: Verdict.BETTER}


@dataclass(frozen=True)
class Pair:
    """One variant against another, a against b, by their places.

    Attributes:
        difference, low, high: the mean of a's scores less b's, as a share of the mean of b's, and its interval, which
            holds together with those of all other pairs and at every look.
        seeds: how many the pair shares.
        p_value, p_equivalent: that they differ by chance, and that they differ by the margin or more, corrected; the
            second is NaN without a margin.
        needed: about how many seeds decide it, see `_needed`.
    """

    a: int
    b: int
    verdict: Verdict
    difference: float
    low: float
    high: float
    seeds: int
    p_value: float
    p_equivalent: float
    needed: int | None


@dataclass(frozen=True)
class Decisions:
    """All pairs of some variants.

    pairs: of two variants that share two seeds or more; means: of each variant's scores.
    """

    pairs: Sequence[Pair]
    means: np.ndarray
    lower_is_better: bool

    @property
    def leader(self) -> int:
        """The variant with the best mean, of those that no other is shown to be better than."""
        order = np.argsort(self.means if self.lower_is_better else -self.means, kind="stable")
        beaten = self.beaten
        return next((int(place) for place in order if int(place) not in beaten), int(order[0]))

    @property
    def beaten(self) -> set[int]:
        """The variants that are shown to be worse than some other."""
        losers = {Verdict.WORSE: "a", Verdict.BETTER: "b"}
        return {getattr(pair, losers[pair.verdict]) for pair in self.pairs if pair.verdict in losers}

    def against(self, leader: int) -> dict[int, Pair]:
        """The pair of each other variant with this one."""
        return {pair.a + pair.b - leader: pair for pair in self.pairs if leader in (pair.a, pair.b)}

    def to_leader(self, verdict: Verdict) -> list[int]:
        """The variants of which this is known against the leader; those that a third one beats are worse."""
        leader, beaten = self.leader, self.beaten
        found = []
        for other, pair in self.against(leader).items():
            known = pair.verdict if pair.b == leader else MIRRORED.get(pair.verdict, pair.verdict)
            known = Verdict.WORSE if other in beaten and known is Verdict.OPEN else known
            if known is verdict:
                found.append(other)
        return sorted(found)

    @property
    def decided(self) -> bool:
        """Whether each variant is known to be worse than the leader, or than some other, or equivalent to it."""
        compared = len(self.against(self.leader))
        return compared == len(self.means) - 1 and not self.to_leader(Verdict.OPEN)


def decide(
    scores: np.ndarray, *, confidence: float, margin: float | None, lower_is_better: bool, by_looks: bool
) -> Decisions:
    """Decides all pairs, so that in at most 1 - confidence of all sweeps anything claimed is wrong.

    Each pair is tested on the seeds that its two variants share, in their order, by `pair_tests` both ways: for a
    difference, and for one below the margin. By looks the level holds for a sweep that adds seeds until it is decided.
    `all_pairs` corrects for all pairs at once, Holm's procedure where there is no margin.

    Args:
        scores: [variants, seeds], NaN where a variant was not trained.
        confidence, margin: see `Settings` of the report.
        by_looks: whether the number of seeds was decided on the way.
    """
    scores = np.asarray(scores, np.float64)
    places, shared = [], []
    for place in combinations(range(len(scores)), 2):
        both = scores[list(place)]
        both = both[:, np.isfinite(both).all(axis=0)]
        if both.shape[1] >= (FIRST if by_looks else 2):
            places.append(place)
            shared.append(both)
    tested = pair_tests(shared, margin=margin, by_looks=by_looks)
    if margin is None:
        p_values = np.stack([holm(tested.different), tested.equivalent], axis=1)
    else:
        first, second = np.array(places, int).reshape(-1, 2).T
        p_values = all_pairs(np.stack([tested.different, tested.equivalent], axis=1), first, second)
    level = 1 - confidence
    verdicts = [
        (Verdict.BETTER if lower == lower_is_better else Verdict.WORSE)
        if different < level
        else (Verdict.EQUIVALENT if equivalent < level else Verdict.OPEN)
        for lower, (different, equivalent) in zip(tested.lower, p_values, strict=True)
    ]
    pairs = [
        _pair(place, both, verdict, p, level / len(places), margin, by_looks)
        for place, both, verdict, p in zip(places, shared, verdicts, p_values, strict=True)
    ]
    means = np.array([np.nanmean(row) if np.isfinite(row).any() else np.nan for row in scores])
    return Decisions(pairs, means, lower_is_better)


def _pair(
    place: tuple[int, int],
    both: np.ndarray,
    verdict: Verdict,
    p_values: np.ndarray,
    level: float,
    margin: float | None,
    by_looks: bool,
) -> Pair:
    """level: of this pair alone."""
    found = compare_at_last(both, confidence=1 - level, by_looks=by_looks)
    size = abs(float(both[1].mean()))
    difference, low, high = (value / size if size else np.nan for value in (found.mean, found.low, found.high))
    deviation = float(np.std(both[0] - both[1], ddof=1)) / size if size else np.nan
    needed = _needed(difference, deviation, level, margin, both.shape[1])
    p_value, p_equivalent = map(float, p_values)
    return Pair(*place, verdict, difference, low, high, both.shape[1], p_value, p_equivalent, needed)


def _needed(difference: float, deviation: float, level: float, margin: float | None, seeds: int) -> int | None:
    """Seeds that decide a pair with 80 % power if what is seen is true, by the normal distribution; None: no number.

    It is either shown that the difference is there, or that it is below the margin, whichever is easier. What `seeds`
    have not decided takes more of them.
    """
    sizes = [abs(difference), *([] if margin is None else [margin - abs(difference)])]
    ratio = deviation / max(sizes) if max(sizes) > 0 else np.inf
    if not np.isfinite(ratio):
        return None
    return max(seeds + 1, int(np.ceil(((scipy.special.ndtri(1 - level / 2) + scipy.special.ndtri(0.8)) * ratio) ** 2)))
