"""The negative control: another scheme's weights in a random order."""

import numpy as np

from harness.checks import at_least
from harness.spec import Scheme, Split


def placebo(train: Split, at: Split, *, of: Scheme, seed: int) -> np.ndarray:
    """The weights of the scheme `of`, permuted by `seed`; in the shape that `of` gives.

    Shared weights are permuted over the outputs. Per-sample weights are permuted over the samples, and each sample's
    row of weights is kept whole. Raises InputError for a `seed` that is no whole number >= 0.
    """
    at_least("weights.seed", seed, 0)
    return np.random.default_rng(seed).permutation(of(train, at), axis=0)
