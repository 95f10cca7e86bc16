"""The metrics that every trial is judged by, the same for all variants. NumPy, float64."""

from collections.abc import Iterable

import numpy as np


def panel(y_true: np.ndarray, y_pred: np.ndarray, weights: np.ndarray) -> dict[str, float]:
    """RMSE, MAE and weighted RMSE, pooled over all samples and outputs, in the unit of the targets.

    y_true, y_pred: [n, outputs]; weights: [outputs] or [n, outputs], with a sum above 0.
    weighted_rmse is sqrt(sum w e^2 / sum w), which does not change with the scale of the weights.
    Raises ValueError for any other shape: nothing is broadcast.
    """
    error = _error(y_true, y_pred)
    weights = np.asarray(weights, dtype=np.float64)
    if weights.shape not in {error.shape, error.shape[1:]}:
        raise ValueError(f"weights must be of shape {error.shape[1:]} or {error.shape}, got {weights.shape}")
    weights = np.broadcast_to(weights, error.shape)
    return {
        "rmse": float(np.sqrt(np.mean(error**2))),
        "mae": float(np.mean(np.abs(error))),
        "weighted_rmse": float(np.sqrt(np.sum(weights * error**2) / np.sum(weights))),
    }


def rmse_by_output(y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    """RMSE of each output over the samples: [outputs], in the unit of the targets.

    y_true, y_pred: [n, outputs]. Raises ValueError unless their shapes are equal.
    """
    return np.sqrt(np.mean(_error(y_true, y_pred) ** 2, axis=0))


def skill(score: float, baselines: Iterable[float]) -> float:
    """1 - score / the best (smallest) of the baselines' scores under the same metric.

    1 is perfect, 0 as good as the best baseline, below 0 worse. Against a perfect baseline it is 0 for a perfect score
    and -inf for any other. Raises ValueError where there is no baseline.
    """
    best = min(baselines)
    if best == 0:
        return 0.0 if score == 0 else -np.inf
    return float(1 - score / best)


def _error(y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    y_true, y_pred = np.asarray(y_true, dtype=np.float64), np.asarray(y_pred, dtype=np.float64)
    if y_true.ndim != 2 or y_true.shape != y_pred.shape:
        raise ValueError(f"y_true and y_pred must be of one shape [n, outputs], got {y_true.shape} and {y_pred.shape}")
    return y_true - y_pred
