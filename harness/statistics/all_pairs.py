"""P-values of all pairs of some variants, each asked whether the two differ and whether they are equivalent."""

import numpy as np


def all_pairs(p_values: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Corrects for all pairs at once; p_values: [pairs, 2] -> [pairs, 2].

    Of the level each claim of a difference has 1 / pairs, by Bonferroni. Of the claims of equivalence again and again
    that is made whose p is the smallest beside its share of the level, see `shares`, and the shares of the others grow
    with what is known.

    Args:
        p_values: that the pair's variants do not differ, two-sided, and that they differ by the margin or more.
        first, second: [pairs], the places of each pair's variants.
    """
    different, equivalent = np.asarray(p_values, np.float64).reshape(-1, 2).T
    pairs, largest = len(different), 0.0
    count = int(max(first.max(), second.max())) + 1 if pairs else 0
    known, adjusted, left = np.zeros((count, count), bool), np.ones(pairs), equivalent.copy()
    for _ in range(pairs):
        wanted = left / shares(known, pairs=pairs)[first, second]
        pair = int(wanted.argmin())
        largest = max(largest, float(wanted[pair]))
        if largest >= 1:
            break
        adjusted[pair], left[pair] = largest, np.inf
        known[first[pair], second[pair]] = known[second[pair], first[pair]] = True
    return np.stack([np.minimum(different * pairs, 1), adjusted], axis=1)


def shares(equivalent: np.ndarray, *, pairs: int) -> np.ndarray:
    """The share of the level of each claim of equivalence that is not made yet: [variants, variants].

    If what is known is so, the shares of all claims that would be wrong sum to 1 at most, whatever the variants' means,
    and what becomes known makes no share smaller. So in no more than the level of all sweeps anything claimed is wrong
    (Goeman and Solari 2010, "The sequential rejection principle of familywise error control", Annals of Statistics
    38(6)).

    Before anything is known each has 1 / pairs. Of a pair whose variants are equal one claim can be wrong: that they
    differ. Where they differ by the margin or more: that they are equivalent, or, which is rarer and only happens
    together with what would show this, that the worse one is better. Where they differ by less: only this last, of one
    side, half a share. Means lie on a line: where i and j are the margin apart, and both are known to be equivalent to
    k, k is equal to neither, so that half a share of (i, k) and of (k, j) is free. It goes to the claims for which it
    is free, in equal parts: at most as many as i and k have others to which they are not known to be equivalent.

    The margin of a pair is a share of one of its means, here taken as one for all: it differs by the margin's square.

    Args:
        equivalent: [variants, variants], symmetric, what is known of each pair.
        pairs: how many are compared.
    """
    others = (~equivalent).sum(axis=1) - 1
    through = (equivalent / (2 * np.maximum(others[:, None] + others, 1))) @ equivalent
    return (1 + through + through.T) / pairs
