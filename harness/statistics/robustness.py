"""Whether the winner depends on one row of the scores."""

import numpy as np


def leave_one_out(scores: np.ndarray) -> list[int]:
    """The index of the lowest mean without each row in turn; the first of equals.

    scores: [rows, variants], two rows or more; ValueError otherwise.
    """
    scores = np.asarray(scores, dtype=np.float64)
    if scores.ndim != 2 or len(scores) < 2:
        raise ValueError(f"scores must be [rows, variants] with two rows or more, got {scores.shape}")
    # Each mean from its own rows: a total less one row would round equal means apart.
    return [int(np.delete(scores, row, axis=0).mean(axis=0).argmin()) for row in range(len(scores))]
