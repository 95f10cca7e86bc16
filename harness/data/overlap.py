"""Finds targets that two splits share, where the samples are windows of one series."""

import numpy as np

from harness.errors import InputError

# Some pairs may break the pattern: a file can leave out windows, or hold several series one after another.
SHARE = 0.9


def refuse_overlap(y: np.ndarray, ends: tuple[int, int, int], gap: int) -> None:
    """Raises InputError (data.gap) where the first sample of a split shares target values with the split before.

    Args:
        y: [n, outputs], the targets of all samples in time order.
        ends: the ends of the three splits, in samples.
        gap: samples left out at the start of the second and third.
    """
    stride = window_stride(y)
    if stride is None:
        return
    outputs = y.shape[1]
    # Where a file leaves out windows, two samples lie further apart than their places say, never nearer.
    apart = range(stride * (gap + 1), outputs, stride)
    for end, before, after in ((ends[0], "train", "validation"), (ends[1], "validation", "test")):
        last, first = y[end - 1], y[end + gap]
        shared = [outputs - rows for rows in apart if np.array_equal(last[rows:], first[:-rows])]
        if shared:
            raise InputError(
                "data.gap",
                f"got {gap}: the samples are windows of one series, {stride} rows apart, and the last {before} sample "
                f"shares {shared[0]} of its {outputs} targets with the first {after} sample",
                f"Write data.gap={-(-outputs // stride) - 1}",
            )


def window_stride(y: np.ndarray) -> int | None:
    """By how many rows each sample is ahead of the one before, if y [n, outputs] are overlapping windows of one series.

    The smallest s with y[i + 1, :-s] == y[i, s:] for nearly all i, or None. Constant samples are left out.
    """
    varies = np.ptp(y, axis=1) > 0
    pairs = np.flatnonzero(varies[:-1] & varies[1:])
    if pairs.size == 0:
        return None
    # A thousand pairs from all over the file are enough.
    pairs = pairs[:: -(-pairs.size // 1000)]
    for s in range(1, y.shape[1]):
        if np.mean(np.all(y[pairs + 1, :-s] == y[pairs, s:], axis=1)) >= SHARE:
            return s
    return None
