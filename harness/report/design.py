"""The balanced part of what was swept: every value of every key with every other, under the same seeds and folds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from harness.report.verdict import Scores

Labels = Mapping[str, str]
# One swept key, or several that were not crossed with each other and count as one.
Factor = tuple[str, ...]


@dataclass(frozen=True)
class Design:
    """A crossed design with one score a cell.

    Attributes:
        keys: the names of its factors, in the order of the axes.
        values: of each factor, as texts.
        scores: [values of the first factor, ..., seeds, folds].
        seeds, folds: those that all of its variants have.
        left_out: the variants that stand in no full crossing.
        seeds_left_out: how many seeds some variant or fold lacks.
    """

    keys: Sequence[str]
    values: Sequence[Sequence[str]]
    scores: np.ndarray
    seeds: Sequence[int]
    folds: Sequence[int]
    left_out: Sequence[str]
    seeds_left_out: int


def design_of(labels: Mapping[str, Labels], scores: Scores) -> Design | None:
    """The balanced part of some variants; None where there is none of two variants with a seed in common.

    Keys that were not crossed but nested or zipped are one factor. Of a grid with holes the values that have most of
    them are left out, until it has none. Seeds and folds are those that all variants that are left have.

    Args:
        labels: what distinguishes each variant, by its name; scores: see `Scores`.
    """
    factors = _factors(labels)
    kept = _full(labels, factors)
    values = [list(dict.fromkeys(_value(labels[name], factor) for name in kept)) for factor in factors]
    several = [place for place, own in enumerate(values) if len(own) > 1]
    folds = sorted({fold for name in kept for _, fold in scores[name]})
    every = sorted({seed for name in kept for seed, _ in scores[name]})
    seeds = [seed for seed in every if all((seed, fold) in scores[name] for name in kept for fold in folds)]
    if not several or not seeds:
        return None
    array = np.empty([*(len(values[place]) for place in several), len(seeds), len(folds)])
    for name in kept:
        cell = tuple(values[place].index(_value(labels[name], factors[place])) for place in several)
        array[cell] = [[scores[name][seed, fold] for fold in folds] for seed in seeds]
    return Design(
        [" and ".join(factors[place]) for place in several],
        [values[place] for place in several],
        array,
        seeds,
        folds,
        [name for name in labels if name not in kept],
        len(every) - len(seeds),
    )


def _factors(labels: Mapping[str, Labels]) -> list[Factor]:
    """The swept keys; those of which one decides the other, or that belong together and are not crossed, as one."""
    known = list(labels.values())
    keys = dict.fromkeys(key for own in known for key in own)
    factors: list[Factor] = [(key,) for key in keys if len({own.get(key) for own in known}) > 1]
    while joined := next((pair for pair in combinations(factors, 2) if _belong(known, *pair)), None):
        one, other = joined
        factors[factors.index(one)] = (*one, *other)
        factors.remove(other)
    return factors


def _belong(known: Sequence[Labels], one: Factor, other: Factor) -> bool:
    pairs = {(_value(own, one), _value(own, other)) for own in known}
    a, b = {first for first, _ in pairs}, {second for _, second in pairs}
    decides = len(pairs) == max(len(a), len(b))
    of_one_section = one[0].split(".")[0] == other[0].split(".")[0]
    return decides or (of_one_section and len(pairs) < len(a) * len(b))


def _full(labels: Mapping[str, Labels], factors: Sequence[Factor]) -> list[str]:
    """The variants of a full crossing of all factors: while there are holes, the value with most of them goes."""
    cells = {name: tuple(_value(own, factor) for factor in factors) for name, own in labels.items()}
    while True:
        values = [dict.fromkeys(cell[place] for cell in cells.values()) for place in range(len(factors))]
        size = int(np.prod([len(own) for own in values]))
        if len(cells) >= size:
            return list(cells)
        holes = {
            (place, value): size // len(own) - sum(cell[place] == value for cell in cells.values())
            for place, own in enumerate(values)
            for value in own
            if len(own) > 1
        }
        # Of equals the one whose variants are fewest goes, and of those the last.
        place, value = max(
            reversed(holes), key=lambda each: (holes[each] / (size // len(values[each[0]])), holes[each])
        )
        cells = {name: cell for name, cell in cells.items() if cell[place] != value}


def _value(own: Labels, factor: Factor) -> str:
    return " ".join(own[key] for key in factor if key in own)
