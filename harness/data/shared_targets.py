"""Finds target values that samples of two splits share, in whatever order the samples stand."""

from collections.abc import Callable, Mapping
from itertools import combinations
from typing import NamedTuple

import numpy as np

from harness.checks import one_of
from harness.errors import InputError
from harness.spec import Split

REFUSE, ALLOW = "refuse", "allow"
# So many consecutive values are compared: a quarter of the outputs within these bounds, or all of fewer outputs.
SHORTEST, LONGEST = 8, 16
# Above so many runs of a split a part of them is compared: those whose hash leaves one remainder, alike in each split.
MOST_RUNS = 5_000_000
# How surprising a run must be, in bits above what makes two equal ones likely by chance.
SAFETY = 10


class Runs(NamedTuple):
    """Stretches of consecutive target values that two samples hold by chance hardly ever.

    sample: [runs], which sample of its split each belongs to; hashes: [runs].
    """

    sample: np.ndarray
    hashes: np.ndarray


def refuse_shared_targets(splits: Mapping[str, Split], rule: str) -> None:
    """Raises InputError (data.shared_targets) where samples of two splits share a run of consecutive target values.

    Two runs agree where they are equal, or where one is the other shifted and stretched, as in windows that were
    normalised one by one. Runs that recur by chance, such as those of a few small counts, are not compared.

    Args:
        splits: by name, in time order.
        rule: refuse | allow.
    """
    one_of("data.shared_targets", rule, (REFUSE, ALLOW))
    if rule == ALLOW:
        return
    y = {name: split.truth for name, split in splits.items()}
    outputs = next(iter(y.values())).shape[1]
    length = min(outputs, max(SHORTEST, min(outputs // 4, LONGEST)))
    every = -(-max(len(values) for values in y.values()) * (outputs - length + 1) // MOST_RUNS)
    surprise = _surprise(y)
    equal = {name: _equal_runs(values, length, every, *surprise[name]) for name, values in y.items()}
    _refuse(splits, equal, f"share {length} consecutive target values with")
    if length >= SHORTEST:
        # What was stored in single precision agrees to fewer digits.
        single = all(np.array_equal(values, values.astype(np.float32)) for values in y.values())
        shapes = {name: _shapes(values, length, every, 1e-4 if single else 1e-6) for name, values in y.items()}
        _refuse(splits, shapes, f"share {length} consecutive target values, but for a shift and a scale, with")


def _refuse(splits: Mapping[str, Split], runs: Mapping[str, Runs], how: str) -> None:
    for before, after in combinations(splits, 2):
        shared = _is_among(runs[after].hashes, np.sort(runs[before].hashes))
        if shared.any():
            first = int(np.flatnonzero(shared)[0])
            twin = int(np.flatnonzero(runs[before].hashes == runs[after].hashes[first])[0])
            count = len(np.unique(runs[after].sample[shared]))
            one = splits[after].index[runs[after].sample[first]]
            other = splits[before].index[runs[before].sample[twin]]
            raise InputError(
                "data.shared_targets",
                f"got refuse, and {count} of {len(splits[after].y)} {after} samples {how} {before} samples, "
                f"such as sample {one} with sample {other} of the source (counted from 0)",
                "Put samples that share targets into one split, in time order with data.gap between the splits, or "
                "write data.shared_targets=allow",
            )


def _is_among(hashes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Whether each is one of the sorted `others`; much faster than np.isin on millions."""
    if not len(others):
        return np.zeros(len(hashes), bool)
    order = np.argsort(hashes)
    ordered = hashes[order]
    shared = np.empty(len(hashes), bool)
    shared[order] = others[np.minimum(np.searchsorted(others, ordered), len(others) - 1)] == ordered
    return shared


def _surprise(y: Mapping[str, np.ndarray]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """By split, how surprising each value [n, outputs] and each step to the next [n, outputs - 1] is, in bits.

    A value counts by its share among those of all splits, a step likewise: a run adds up to its first value and the
    steps from there.
    """
    ends = np.cumsum([len(values) for values in y.values()])[:-1]
    together = np.concatenate(list(y.values()))
    # Steps of 0.1 differ in their last digits.
    steps = np.round(np.diff(together, axis=1), 9)
    bits = (np.split(_bits(values), ends) for values in (together, steps))
    return dict(zip(y, zip(*bits, strict=True), strict=True))


def _bits(values: np.ndarray) -> np.ndarray:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.log2(values.size / counts)[inverse].reshape(values.shape)


def _equal_runs(y: np.ndarray, length: int, every: int, value: np.ndarray, step: np.ndarray) -> Runs:
    total = np.pad(np.cumsum(step, axis=1), ((0, 0), (1, 0)))
    needed = 2 * np.log2(y.size) + SAFETY

    def run(k: int) -> tuple[np.ndarray, np.ndarray]:
        surprise = value[:, k] + total[:, k + length - 1] - total[:, k]
        return surprise > needed, (y[:, k : k + length] + 0.0).view(np.uint64)

    return _runs(y.shape, length, every, run)


def _shapes(y: np.ndarray, length: int, every: int, resolution: float) -> Runs:
    def run(k: int) -> tuple[np.ndarray, np.ndarray]:
        values = y[:, k : k + length]
        deviation = values.std(axis=1, keepdims=True)
        relative = (values - values.mean(axis=1, keepdims=True)) / np.where(deviation > 0, deviation, 1)
        standard = np.round(relative / resolution).astype(np.int64)
        # Straight lines and steps between few levels have one shape wherever they stand.
        steps = np.sort(np.diff(standard, axis=1), axis=1)
        return np.sum(np.diff(steps, axis=1) > 2, axis=1) >= length - 2, standard.view(np.uint64)

    return _runs(y.shape, length, every, run)


def _runs(shape: tuple[int, ...], length: int, every: int, run: Callable[[int], tuple[np.ndarray, np.ndarray]]) -> Runs:
    """The hashes of the runs that count, of samples of the shape [n, outputs].

    every: of so many hashes one is kept; run: the first output of a run -> (whether it counts [n], the 64-bit numbers
    [n, length] that are hashed).
    """
    factors = np.random.default_rng(0).integers(1, 2**63, length, dtype=np.uint64) | np.uint64(1)
    samples, hashes = [], []
    for k in range(shape[1] - length + 1):
        counts, numbers = run(k)
        at = np.flatnonzero(counts)
        # The low digits of a number of few digits are all 0: the high ones are brought down before and after.
        mixed = _folded(_folded(numbers[at]) * factors)
        hashed = _folded(mixed.sum(axis=1, dtype=np.uint64) * factors[0])
        kept = hashed % np.uint64(every) == 0
        samples.append(at[kept])
        hashes.append(hashed[kept])
    return Runs(np.concatenate(samples), np.concatenate(hashes))


def _folded(numbers: np.ndarray) -> np.ndarray:
    return numbers ^ (numbers >> np.uint64(32))
