"""Windows that were cut elsewhere: the arrays x and y, optionally w, of one .npz file."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from harness.checks import at_least
from harness.data.gaps import NAMES
from harness.data.overlap import refuse_overlap
from harness.data.scaling import fit_scaling
from harness.data.sources.files import existing
from harness.data.splits import borders
from harness.errors import InputError
from harness.spec import Dataset, Split


def npz_file(
    *,
    path: str | None,
    target: int | None,
    lookback: int | None,
    outputs: int | None,
    split: Sequence[float] | Sequence[int],
    gap: int,
    normalise: str,
    season: int | None,
    unit: str,
) -> Dataset:
    """Samples in time order, split by their place.

    Args:
        path: the file, with x [N, T, F], y [N, outputs] and optionally w [N, outputs], the samples' weights.
        target: the index of the feature of x that is the target's own history, or None.
        lookback, outputs: T and the outputs that are expected, or None to take them from the file.
        split: three lengths [train, validation, test], fractions or whole numbers of samples.
        gap: how many samples to leave out at the start of the validation and of the test split.
        normalise: last_value (wants `target`) | standard | none.
        season: rows in one season, or None.

    Raises:
        InputError: no such file or array, shapes that do not fit, values that are not finite, an empty split, or
            targets that two splits share.
    """
    x, y, w = _read(existing(path, ".npz"))
    for key, asked, found in (("lookback", lookback, x.shape[1]), ("outputs", outputs, y.shape[1])):
        if asked is not None and asked != found:
            raise InputError(
                f"data.{key}", f"got {asked}, the file has {found}", f"Write data.{key}={found} or data.{key}=null"
            )
    if target is not None and (type(target) is not int or not 0 <= target < x.shape[2]):
        raise InputError("data.target", f"got {target!r}", f"Write null, or a feature of x from 0 to {x.shape[2] - 1}")
    if season is not None:
        at_least("data.season", season, 1)
    at_least("data.gap", gap, 0)
    ends = borders(split, len(x), "samples")
    starts = (0, ends[0] + gap, ends[1] + gap)
    for name, start, end, skipped in zip(NAMES, starts, ends, (0, gap, gap), strict=True):
        if start >= end:
            raise InputError(
                "data.split",
                f"the {name} split is empty: it has {end - start + skipped} samples and needs {skipped + 1}",
                f"Write a larger {name} length, or a smaller data.gap",
            )
    refuse_overlap(y, ends, gap)
    parts = [_part(x, y, w, slice(*span)) for span in zip(starts, ends, strict=True)]
    scaling = fit_scaling(parts[0], normalise=normalise, target=target)
    return Dataset(*parts, scaling=scaling, target=target, season=season, unit=unit)


def _part(x: np.ndarray, y: np.ndarray, w: np.ndarray | None, at: slice) -> Split:
    return Split(x[at], y[at], np.arange(at.start, at.stop), len(x), None if w is None else w[at])


def _read(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    shapes = {"x": "[N, T, F]", "y": "[N, outputs]", "w": "[N, outputs]"}
    instead = "Write a file made by numpy.savez(path, x=x, y=y), with x [N, T, F] and y [N, outputs]"
    try:
        file = np.load(path, allow_pickle=False)
    except (ValueError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise InputError("data.path", f"{path} does not read as an .npz file: {error}", instead) from error
    if not isinstance(file, np.lib.npyio.NpzFile):
        raise InputError("data.path", f"{path} holds one array without a name", instead)
    with file:
        for name in "xy":
            if name not in file.files:
                there = ", ".join(file.files) or "none"
                raise InputError("data.path", f"{path} has no array {name!r}", f"{instead}. The arrays there: {there}")
        arrays = {name: _array(file, name, path) for name in shapes if name in file.files}
    x, y, w = arrays["x"], arrays["y"], arrays.get("w")
    fits = x.ndim == 3 and y.ndim == 2 and len(x) == len(y) and min(*x.shape, *y.shape) > 0
    if not fits or (w is not None and w.shape != y.shape):
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
    return x, y, w


def _array(file: np.lib.npyio.NpzFile, name: str, path: Path) -> np.ndarray:
    try:
        array = file[name]
    except ValueError as error:
        raise InputError("data.path", f"{path}: {name} does not read: {error}", "Write an array of numbers") from error
    if array.dtype.kind not in "iuf":
        raise InputError("data.path", f"{path}: {name} has the type {array.dtype}", "Write an array of numbers")
    return array.astype(np.float64)
