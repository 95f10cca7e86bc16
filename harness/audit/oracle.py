"""The objective of every loss variant of the project, from its formula alone: NumPy, float64, no Keras."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike

from harness.kinds import Config

HOME = "harness.losses."
OPTIONS = {"WeightedRMSE": "form", "WeightedMSE": "normalise", "SampleWeight": None, "LossWeights": None}
# (class, option, error, delta)
Formula = tuple[str, str | None, str, float]


def oracle(
    config: Config, y_true: np.ndarray, y_pred: np.ndarray, weights: np.ndarray
) -> tuple[float, np.ndarray] | None:
    """(the loss of one batch, its gradient by y_pred [b, outputs]), derived by hand.

    With e = y_pred - y_true, s_b = sum_i w_bi e_bi^2 and W_b = sum_i w_bi, a mean over b of:

    - WeightedRMSE root_over_sum: sqrt(s_b) / W_b; root_of_mean: sqrt(s_b / W_b); batch: sqrt(sum s) / sum W, one number
    - WeightedMSE sample: s_b / W_b; batch: b s_b / sum W; none: s_b / outputs
    - SampleWeight: s_b / outputs; LossWeights: s_b / W_b; AddLoss: what stands in `of`

    Where `error` is absolute or huber, s_b = sum_i w_bi d(e_bi), with d(e) = |e|, or e^2 / 2 up to |e| = delta and
    delta (|e| - delta / 2) beyond.

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


def _formula(config: Config) -> Formula | None:
    """What a config computes; None where its class, or any argument, is not known here."""
    target = str(config.get("_target_", ""))
    name = target.rsplit(".", 1)[-1]
    if not target.startswith(HOME):
        return None
    if name == "AddLoss":
        known = {*config} <= {"_target_", "of"} and isinstance(config.get("of"), Mapping)
        return _formula(config["of"]) if known else None
    if name not in OPTIONS or not {*config} <= {"_target_", "name", "error", "delta", OPTIONS[name]}:
        return None
    # A config of before these keys is that of squared errors.
    return name, config.get(OPTIONS[name]), config.get("error", "squared"), config.get("delta", 1.0)


def _value_and_gradient(formula: Formula, e: np.ndarray, w: np.ndarray) -> tuple[float, np.ndarray] | None:
    """Of errors and weights, [b, outputs] each; None for a formula that is not known here."""
    name, option, error, delta = formula
    if error not in ERRORS or (name == "WeightedRMSE" and error != "squared"):
        return None
    batch, outputs = e.shape
    counts, slope = ERRORS[error](e, delta)
    s, total = (w * counts).sum(axis=1), w.sum(axis=1)
    match name, option:
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
            values, gradient = _divide(s, total), _divide(w * slope, total[:, None])
        case "WeightedMSE", "batch":
            values, gradient = _divide(s, total.mean()), _divide(w * slope, total.mean())
        case ("WeightedMSE", "none") | ("SampleWeight", None):
            values, gradient = s / outputs, w * slope / outputs
        case _:
            return None
    return float(np.mean(values)), gradient / batch


def _huber(e: np.ndarray, delta: float) -> tuple[np.ndarray, np.ndarray]:
    size = np.abs(e)
    return np.where(size <= delta, e**2 / 2, delta * (size - delta / 2)), np.clip(e, -delta, delta)


# (what an error counts, its slope), from (e, delta).
ERRORS: Mapping[str, Callable[[np.ndarray, float], tuple[np.ndarray, np.ndarray]]] = {
    "squared": lambda e, delta: (e**2, 2 * e),
    "absolute": lambda e, delta: (np.abs(e), np.sign(e)),
    "huber": _huber,
}


def _divide(above: ArrayLike, below: ArrayLike) -> np.ndarray:
    """0 where nothing is below."""
    above, below = np.broadcast_arrays(np.asarray(above, float), np.asarray(below, float))
    return np.divide(above, below, out=np.zeros(above.shape), where=below > 0)
