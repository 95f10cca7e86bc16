"""Many samples, some at a time: of windows that overlap, all at once would be a copy of each of them."""

from collections.abc import Iterator

import numpy as np

from harness.spec import Histories

CHUNK = 4096


def chunks(samples: Histories) -> Iterator[np.ndarray]:
    """The samples [n, ...] in their order, at most CHUNK at a time."""
    for at in slices(len(samples)):
        yield samples[at]


def slices(n: int) -> Iterator[slice]:
    """The places of n samples, at most CHUNK at a time."""
    for start in range(0, n, CHUNK):
        yield slice(start, start + CHUNK)
