"""What the network sees instead of the data's own units, and the way back."""

import numpy as np

from harness.checks import one_of
from harness.errors import InputError
from harness.spec import Scaling, Split


def fit_scaling(train: Split, *, normalise: str, target: int | None, rows: np.ndarray | None = None) -> Scaling:
    """The scaling that the train split alone gives.

    standard: mean and deviation; last_value: the deviation of what is left after each window's own last row is taken
    off; none: the data's own units. The scale of y is one scalar for all outputs: one for each output would change
    what the weights mean. A deviation of zero counts as 1.

    Args:
        target: the column of x that holds the target's own history, or None.
        rows: [rows, features], the train rows behind the windows, NaN where missing; `standard` takes its figures from
            them, so that a row counts once. None: from the samples themselves, y from its own values.

    Raises:
        InputError: an unknown `normalise`, or last_value without `target`.
    """
    one_of("data.normalise", normalise, ("last_value", "standard", "none"))
    features = range(train.x.shape[2])
    if normalise == "none":
        return Scaling(False, target, np.zeros(len(features)), np.ones(len(features)), 0.0, 1.0)
    if normalise == "last_value":
        if target is None:
            raise InputError(
                "data.normalise",
                "got last_value, which takes off the target's own last value, and data.target is null",
                "Write data.normalise=standard, or in data.target the index of the target's history in x",
            )
        # One feature at a time: the differences of all would be a copy of every window.
        scales = [_deviation(train.x[:, :, f] - train.x[:, -1:, f]) for f in features]
        scale = _deviation(train.y - train.x[:, -1:, target])
        return Scaling(True, target, np.zeros(len(features)), np.array(scales), 0.0, scale)
    values = [train.x[:, :, f] if rows is None else rows[~np.isnan(rows[:, f]), f] for f in features]
    shifts, scales = np.array([np.mean(v) for v in values]), np.array([_deviation(v) for v in values])
    if rows is None or target is None:
        return Scaling(False, target, shifts, scales, float(np.mean(train.y)), _deviation(train.y))
    return Scaling(False, target, shifts, scales, float(shifts[target]), float(scales[target]))


def inputs(scaling: Scaling, x: np.ndarray) -> np.ndarray:
    """x [n, lookback, features] in own units -> the network's, float32."""
    shift = x[:, -1:, :] if scaling.last_value else scaling.x_shift
    return ((x - shift) / scaling.x_scale).astype(np.float32)


def targets(scaling: Scaling, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """y [n, outputs] of the windows x [n, lookback, features], both in own units -> the network's, float32."""
    return ((y - _shift(scaling, x)) / scaling.y_scale).astype(np.float32)


def predictions(scaling: Scaling, x: np.ndarray, z: np.ndarray) -> np.ndarray:
    """What the network gave, z [n, outputs], for the windows x (own units) -> own units, float64."""
    return np.asarray(z, np.float64) * scaling.y_scale + _shift(scaling, x)


def _shift(scaling: Scaling, x: np.ndarray) -> np.ndarray | float:
    return x[:, -1:, scaling.target] if scaling.last_value else scaling.y_shift


def _deviation(values: np.ndarray) -> float:
    deviation = float(np.std(values))
    # The deviation of a constant is often not zero but a rounding error of its mean.
    return 1.0 if deviation <= 1e-12 * np.max(np.abs(values)) else deviation
