"""The objective of every loss variant of the project, from its formula alone: NumPy, float64, no Keras."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from harness.kinds import Config

HOME = "harness.losses."
OPTIONS = {"WeightedRMSE": "form", "WeightedMSE": "normalise", "SampleWeight": None, "LossWeights": None}


def oracle(
    config: Config, y_true: np.ndarray, y_pred: np.ndarray, weights: np.ndarray
) -> tuple[float, np.ndarray] | None:
    """(the loss of one batch, its gradient by y_pred [b, outputs]), derived by hand.

    With e = y_pred - y_true, s_b = sum_i w_bi e_bi^2 and W_b = sum_i w_bi, a mean over b of:

    - WeightedRMSE root_over_sum: sqrt(s_b) / W_b; root_of_mean: sqrt(s_b / W_b); batch: sqrt(sum s) / sum W, one number
    - WeightedMSE sample: s_b / W_b; batch: b s_b / sum W; none: s_b / outputs
    - SampleWeight: s_b / outputs; LossWeights: s_b / W_b; AddLoss: what stands in `of`

    A quotient by 0 is 0, and so is the gradient of a root at 0.

    Args:
        config: a resolved loss config: `_target_` and its arguments.
        y_true, y_pred: [b, outputs].
        weights: [outputs] or [b, outputs].

    Returns:
        None for a `_target_` that is not the project's own, and for arguments that this file knows no formula for.

    Raises:
        ValueError: for any other shape; nothing is broadcast.
    """
    formula = _formula(config)
    if formula is None:
        return None
    y_true, y_pred, weights = (np.asarray(a, np.float64) for a in (y_true, y_pred, weights))
    if y_true.ndim != 2 or y_pred.shape != y_true.shape or weights.shape not in (y_true.shape, y_true.shape[1:]):
        shapes = f"{y_true.shape}, {y_pred.shape} and {weights.shape}"
        raise ValueError(f"y_true and y_pred must be [b, outputs], weights [outputs] or [b, outputs], got {shapes}")
    return _value_and_gradient(formula, y_pred - y_true, np.broadcast_to(weights, y_true.shape))


def _formula(config: Config) -> tuple[str, str | None] | None:
    """(class, option) of a config; None where one of them, or any further argument, is not known here."""
    target = str(config.get("_target_", ""))
    name = target.rsplit(".", 1)[-1]
    if not target.startswith(HOME):
        return None
    if name == "AddLoss":
        known = {*config} <= {"_target_", "of"} and isinstance(config.get("of"), Mapping)
        return _formula(config["of"]) if known else None
    if name not in OPTIONS or not {*config} <= {"_target_", "name", OPTIONS[name]}:
        return None
    return name, config.get(OPTIONS[name])


def _value_and_gradient(
    formula: tuple[str, str | None], e: np.ndarray, w: np.ndarray
) -> tuple[float, np.ndarray] | None:
    """Of errors and weights, [b, outputs] each; None for a formula that is not known here."""
    batch, outputs = e.shape
    s, total = (w * e**2).sum(axis=1), w.sum(axis=1)
    match formula:
        case "WeightedRMSE", "root_over_sum":
            values, gradient = _divide(np.sqrt(s), total), _divide(w * e, (np.sqrt(s) * total)[:, None])
        case "WeightedRMSE", "root_of_mean":
            values = np.sqrt(_divide(s, total))
            gradient = _divide(w * e, (values * total)[:, None])
        case "WeightedRMSE", "batch":
            root = np.sqrt(s.sum())
            # One number a batch, not a mean: the b undoes the division below.
            values, gradient = _divide(root, total.sum()), batch * _divide(w * e, root * total.sum())
        case ("WeightedMSE", "sample") | ("LossWeights", None):
            values, gradient = _divide(s, total), _divide(2 * w * e, total[:, None])
        case "WeightedMSE", "batch":
            values, gradient = _divide(s, total.mean()), _divide(2 * w * e, total.mean())
        case ("WeightedMSE", "none") | ("SampleWeight", None):
            values, gradient = s / outputs, 2 * w * e / outputs
        case _:
            return None
    return float(np.mean(values)), gradient / batch


def _divide(above: ArrayLike, below: ArrayLike) -> np.ndarray:
    """0 where nothing is below."""
    above, below = np.broadcast_arrays(np.asarray(above, float), np.asarray(below, float))
    return np.divide(above, below, out=np.zeros(above.shape), where=below > 0)
