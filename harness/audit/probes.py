"""What objectives are compared on: several small batches made from one real one."""

from dataclasses import dataclass

import numpy as np

# (y_true [b, outputs], y_pred [b, outputs], rows [b])
Probe = tuple[np.ndarray, np.ndarray, np.ndarray]
# (the batch size is divided by, errors are multiplied by, predictions are shifted by so many deviations of the target)
CHANGES = ((1, 1, 0), (2, 3, 1), (3, 0.1, 0), (np.inf, 2, -0.5))


@dataclass(frozen=True)
class Batch:
    """Real samples, the same for all variants, as the network sees them (scaled).

    y_true, y_pred: [b, outputs]; rows: [b], each sample's place in the training data.
    """

    y_true: np.ndarray
    y_pred: np.ndarray
    rows: np.ndarray


def probes(batch: Batch, batch_size: int) -> list[Probe]:
    """(y_true, y_pred, rows) of batches that differ in samples, size, and in how large and how biased the errors are.

    The first is real as it is; the last is one sample. In float32, what Keras computes in.

    Args:
        batch: any number of samples; where they do not suffice they are taken again.
        batch_size: no probe is larger.

    Raises:
        ValueError: for shapes other than those of `Batch`.
    """
    true, pred = np.asarray(batch.y_true, np.float32), np.asarray(batch.y_pred, np.float32)
    rows = np.asarray(batch.rows)
    if true.ndim != 2 or pred.shape != true.shape or rows.shape != true.shape[:1] or len(true) == 0:
        shapes = f"{true.shape}, {pred.shape} and {rows.shape}"
        raise ValueError(f"y_true and y_pred must be of one shape [b, outputs] and rows [b], got {shapes}")
    found, start = [], 0
    for divisor, factor, shift in CHANGES:
        size = max(1, int(min(len(true), batch_size) // divisor))
        places = np.arange(start, start + size) % len(true)
        start += size
        changed = true[places] + factor * (pred[places] - true[places]) + shift * true.std()
        found.append((true[places], changed.astype(np.float32), rows[places]))
    return found
