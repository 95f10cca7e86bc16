"""Windows that were cut elsewhere: the arrays x and y, optionally w and series, of one .npz file."""

from pathlib import Path
from typing import Annotated

import numpy as np
from annotated_types import Interval

from harness import kinds
from harness.data.sources.files import existing
from harness.errors import InputError
from harness.spec import Windows

NUMBERS = "Write an array of numbers"


def npz_file(
    *,
    path: kinds.Path | None,
    target: Annotated[int, Interval(ge=0, le=10_000_000)] | None,
    season: kinds.Count | None,
    unit: kinds.Unit,
) -> Windows:
    """Samples in time order.

    Args:
        path: the file, with x [N, T, F], y [N, outputs] and optionally w [N, outputs], the samples' weights, and
            series [N], the name or number of each sample's series.
        target: the index of the feature of x that is the target's own history, or None.
        season: rows in one season, or None.

    Raises:
        InputError: no such file or array, shapes that do not fit, or values that are not finite.
    """
    arrays = _read(existing(path, ".npz"))
    return Windows(
        arrays["x"], arrays["y"], arrays.get("w"), arrays.get("series"), target=target, season=season, unit=unit
    )


def _read(path: Path) -> dict[str, np.ndarray]:
    """The arrays of the file by name: x, y and, if they are there, w and series."""
    shapes = {"x": "[N, T, F]", "y": "[N, outputs]", "w": "[N, outputs]", "series": "[N]"}
    instead = "Write a file made by numpy.savez(path, x=x, y=y), with x [N, T, F] and y [N, outputs]"
    try:
        file = np.load(path, allow_pickle=False)
    except Exception as error:  # NumPy raises one of many kinds for a damaged file
        raise InputError("data.path", f"{path} does not read as an .npz file: {error}", instead) from error
    if not isinstance(file, np.lib.npyio.NpzFile):
        raise InputError("data.path", f"{path} holds one array without a name", instead)
    with file:
        for name in "xy":
            if name not in file.files:
                there = ", ".join(file.files) or "none"
                raise InputError("data.path", f"{path} has no array {name!r}", f"{instead}. The arrays there: {there}")
        arrays = {name: _array(file, name, path) for name in shapes if name in file.files}
    x, y = arrays["x"], arrays["y"]
    fits = x.ndim == 3 and y.ndim == 2 and len(x) == len(y) and min(*x.shape, *y.shape) > 0
    expected = {"w": y.shape, "series": y.shape[:1]}
    if not fits or any(arrays[name].shape != shape for name, shape in expected.items() if name in arrays):
        found = ", ".join(f"{name} {list(array.shape)}" for name, array in arrays.items())
        wanted = ", ".join(f"{name} {shapes[name]}" for name in arrays)
        raise InputError("data.path", f"{path} holds {found}", f"Write {wanted}, with one N and no length of zero")
    for name in "xy":
        bad = np.flatnonzero(~np.isfinite(arrays[name]).reshape(len(x), -1).all(axis=1))
        if bad.size:
            found = f"{name} holds NaN or infinite values in {bad.size} samples, the first in sample {bad[0]}"
            raise InputError(
                "data.path", f"{path}: {found} (counted from 0)", "Leave those samples out or fill them in"
            )
    return arrays


def _array(file: np.lib.npyio.NpzFile, name: str, path: Path) -> np.ndarray:
    """x, y and w as float64, series as it is."""
    kinds, instead = ("iuU", "Write an array of whole numbers or names") if name == "series" else ("iuf", NUMBERS)
    try:
        array = file[name]
    except Exception as error:
        raise InputError("data.path", f"{path}: {name} does not read: {error}", instead) from error
    if array.dtype.kind not in kinds:
        raise InputError("data.path", f"{path}: {name} has the type {array.dtype}", instead)
    return array if name == "series" else array.astype(np.float64)
