"""What the network sees instead of the data's own units, and the way back."""

from dataclasses import dataclass
from typing import Any, TypeAlias, overload

import numpy as np

from harness.checks import one_of
from harness.data.chunks import chunks, slices
from harness.errors import InputError
from harness.spec import Histories, RowWindows, Scaling, Split


def fit_scaling(
    train: Split, *, normalise: str, target: int | None, rows: np.ndarray | None = None, indicators: int = 0
) -> Scaling:
    """The scaling that the train split alone gives.

    standard: mean and deviation; last_value: the deviation of what is left after each window's own last row is taken
    off; none: the data's own units. The scale of y is one scalar for all outputs: one for each output would change
    what the weights mean. A deviation of zero counts as 1.

    Args:
        target: the column of x that holds the target's own history, or None.
        rows: [rows, features], the train rows behind the windows, NaN where missing; `standard` takes its figures from
            them, so that a row counts once. None: from the samples themselves, y from its own values.
        indicators: how many of the last features no scaling touches.

    Raises:
        InputError: an unknown `normalise`, or last_value without `target`.
    """
    one_of("data.normalise", normalise, ("last_value", "standard", "none"))
    features = train.x.shape[2]
    scaled = range(features - indicators)
    x_shift, x_scale = np.zeros(features), np.ones(features)
    if normalise == "none":
        return Scaling(False, target, x_shift, x_scale, 0.0, 1.0, indicators)
    if normalise == "last_value":
        if target is None:
            raise InputError(
                "data.normalise",
                "got last_value, which takes off the target's own last value, and data.target is null",
                "Write data.normalise=standard, or in data.target the index of the target's history in x",
            )
        x_scale[: len(scaled)] = _deviations_from_last(train.x)[: len(scaled)]
        scale = _deviation(train.truth - train.x[:, -1:, target])
        return Scaling(True, target, x_shift, x_scale, 0.0, scale, indicators)
    for f in scaled:
        values = np.asarray(train.x[:, :, f]) if rows is None else rows[~np.isnan(rows[:, f]), f]
        x_shift[f], x_scale[f] = np.mean(values), _deviation(values)
    if rows is None or target is None:
        return Scaling(
            False, target, x_shift, x_scale, float(np.mean(train.truth)), _deviation(train.truth), indicators
        )
    return Scaling(False, target, x_shift, x_scale, float(x_shift[target]), float(x_scale[target]), indicators)


@dataclass(frozen=True)
class ScaledWindows:
    """What the network sees of windows, scaled when it is asked for.

    An index along the samples gives what the float32 array [n, lookback, features] would give for it.
    """

    windows: RowWindows
    scaling: Scaling

    @property
    def shape(self) -> tuple[int, ...]:
        """(n, lookback, features)."""
        return self.windows.shape

    def __len__(self) -> int:
        return len(self.windows)

    def __getitem__(self, samples: Any) -> np.ndarray:
        return inputs(self.scaling, self.windows[samples])


# What a network sees of histories [n, lookback, features].
Scaled: TypeAlias = np.ndarray | ScaledWindows


@overload
def inputs(scaling: Scaling, x: np.ndarray) -> np.ndarray: ...
@overload
def inputs(scaling: Scaling, x: RowWindows) -> ScaledWindows: ...
def inputs(scaling: Scaling, x: Histories) -> Scaled:
    """x [n, lookback, features] in own units -> the network's, float32; scaled later where they are cut later."""
    if isinstance(x, RowWindows):
        return ScaledWindows(x, scaling)
    shift = x[..., -1:, :] * from_last(scaling) if scaling.last_value else scaling.x_shift
    return ((x - shift) / scaling.x_scale).astype(np.float32)


def from_last(scaling: Scaling) -> np.ndarray:
    """[features]: 1 where a window's last row is subtracted, 0 where it is not."""
    features = np.arange(len(scaling.x_scale))
    return np.where(features < len(features) - scaling.indicators, float(scaling.last_value), 0.0)


def targets(scaling: Scaling, x: Histories, y: Histories) -> np.ndarray:
    """y [n, outputs] of the windows x [n, lookback, features], both in own units -> the network's, float32."""
    scaled = np.empty(y.shape, np.float32)
    for at in slices(len(y)):
        scaled[at] = (y[at] - _shift(scaling, x[at])) / scaling.y_scale
    return scaled


def predictions(scaling: Scaling, x: Histories, z: np.ndarray) -> np.ndarray:
    """What the network gave, z [n, outputs], for the windows x (own units) -> own units, float64."""
    own = np.empty(z.shape)
    for at in slices(len(z)):
        own[at] = np.asarray(z[at], np.float64) * scaling.y_scale + _shift(scaling, x[at])
    return own


def _shift(scaling: Scaling, x: Histories) -> np.ndarray | float:
    return x[:, -1:, scaling.target] if scaling.last_value else scaling.y_shift


def _deviations_from_last(x: Histories) -> np.ndarray:
    """[features] the deviation of what is left of all windows after their own last rows are taken off."""
    # By Chan, Golub and LeVeque 1979, equation 2.1: the differences of all windows would be a copy of each of them.
    count, mean, squares, largest = 0, np.zeros(x.shape[2]), np.zeros(x.shape[2]), np.zeros(x.shape[2])
    for part in chunks(x):
        left = part - part[:, -1:, :]
        own, own_mean = left.shape[0] * left.shape[1], left.mean(axis=(0, 1))
        delta, total = own_mean - mean, count + own
        squares += ((left - own_mean) ** 2).sum(axis=(0, 1)) + delta**2 * count * own / total
        mean += delta * own / total
        count, largest = total, np.maximum(largest, np.abs(left).max(axis=(0, 1)))
    return np.array([_unless_constant(*pair) for pair in zip(np.sqrt(squares / count), largest, strict=True)])


def _deviation(values: np.ndarray) -> float:
    return _unless_constant(float(np.std(values)), float(np.max(np.abs(values))))


def _unless_constant(deviation: float, largest: float) -> float:
    # The deviation of a constant is often not zero but a rounding error of its mean.
    return 1.0 if deviation <= 1e-12 * largest else float(deviation)
