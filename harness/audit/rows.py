"""Which training rows two objectives must agree on, where weights are per sample."""

from collections.abc import Sequence

import numpy as np

from harness.audit.probes import Batch, Probe

# Predictions move by so many deviations of the target: an error of exactly 0 would hide its weight.
SHIFT = 0.25


def extreme_rows(weights: Sequence[np.ndarray]) -> np.ndarray:
    """The rows that distinguish the sets of weights best, each once, in order.

    Of every per-sample set the rows of the smallest and the largest sum, and the smallest sum above 0; of every two
    sets the row in which they differ most, as they are (each of mean 1) and with each row divided by its own sum.

    Args:
        weights: [outputs] or [n, outputs] each.

    Returns:
        [rows], none where all weights are shared.
    """
    given = list({array.tobytes(): array for array in weights}.values())
    if all(array.ndim == 1 for array in given):
        return np.empty(0, int)
    relative = [array / array.max() for array in given]
    scaled = [array / array.mean() for array in relative]
    totals = [array.sum(axis=-1, keepdims=True) for array in scaled]
    shapes = [array / np.where(total > 0, total, 1) for array, total in zip(scaled, totals, strict=True)]
    rows = set()
    for total in (total[:, 0] for total in totals if total.ndim == 2):
        rows |= {np.argmin(total), np.argmax(total), np.argmin(np.where(total > 0, total, np.inf))}
    for sets in (scaled, shapes):
        for i, one in enumerate(sets):
            for other in (other for other in sets[:i] if max(one.ndim, other.ndim) == 2):
                rows.add(np.argmax(np.abs(one - other).max(axis=1)))
    return np.array(sorted(int(row) for row in rows))


def distinct_rows(weights: Sequence[np.ndarray]) -> np.ndarray:
    """One row for every combination of weights that the sets give to some training sample.

    Two samples whose weights are equal in every set are one to any objective, which meets nothing of a row but its
    weights. The rows come by the sum of their weights, so that batches of neighbours differ in theirs.

    Args:
        weights: [outputs] or [n, outputs] each.
    """
    per_sample = [array for array in {array.tobytes(): array for array in weights}.values() if array.ndim == 2]
    if not per_sample:
        return np.empty(0, int)
    codes = np.stack([_codes(array) for array in per_sample], axis=1)
    _, first = np.unique(codes, axis=0, return_index=True)
    sums = np.sum([array[first].sum(axis=1) / array.sum() for array in per_sample], axis=0)
    return first[np.argsort(sums, kind="stable")]


def on_rows(batch: Batch, rows: np.ndarray, batch_size: int) -> list[Probe]:
    """Probes that meet the weights of each of `rows` once, none larger than `batch_size`.

    The batch lends its targets and predictions, moved by SHIFT, to all of them.
    """
    true, pred = np.asarray(batch.y_true, np.float32), np.asarray(batch.y_pred, np.float32)
    pred = (pred + SHIFT * true.std()).astype(np.float32)
    probes = []
    for start in range(0, len(rows), batch_size):
        some = rows[start : start + batch_size]
        places = np.arange(start, start + len(some)) % len(true)
        probes.append((true[places], pred[places], some))
    return probes


def _codes(array: np.ndarray) -> np.ndarray:
    """[n]: equal numbers for equal rows, and for no others."""
    known: dict[bytes, int] = {}
    return np.array([known.setdefault(row.tobytes(), len(known)) for row in np.ascontiguousarray(array)])
