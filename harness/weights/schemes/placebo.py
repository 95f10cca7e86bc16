"""The negative control: another scheme's weights in a random order."""

import numpy as np

from harness.kinds import Seed
from harness.spec import Scheme, Split


def placebo(train: Split, at: Split, *, of: Scheme, seed: Seed) -> np.ndarray:
    """The weights of the scheme `of`, permuted by `seed`; in the shape that `of` gives.

    Shared weights are permuted over the outputs. Per-sample weights are permuted over the samples, and each sample's
    row of weights is kept whole.
    """
    return np.random.default_rng(seed).permutation(of(train, at), axis=0)
