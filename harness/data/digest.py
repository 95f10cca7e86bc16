"""A name for the data of a trial, made from its content."""

import hashlib

import numpy as np

from harness.data.chunks import chunks
from harness.spec import Dataset, Histories, RowWindows


def digest(dataset: Dataset) -> str:
    """The first 16 hex digits of the SHA-256 of all that a trial reads of a dataset, values and shapes.

    The unit and the names of the series are left out: they name the figures and change none.
    """
    sha = hashlib.sha256()
    for name in ("train", "validation", "test"):
        part = getattr(dataset, name)
        for field in ("x", "y", "index", "weights", "series"):
            _add(sha, f"{name}.{field}", getattr(part, field))
        sha.update(f"{name}.samples {part.samples};".encode())
    scaling = dataset.scaling
    for field in ("x_shift", "x_scale", "y_shift", "y_scale"):
        _add(sha, f"scaling.{field}", np.asarray(getattr(scaling, field)))
    rest = (scaling.last_value, scaling.target, scaling.indicators, dataset.target, dataset.season)
    sha.update(repr(rest).encode())
    return sha.hexdigest()[:16]


def _add(sha, name: str, array: Histories | None) -> None:
    if array is None:
        sha.update(f"{name} None;".encode())
        return
    if isinstance(array, RowWindows):
        _add(sha, f"{name}.rows", array.rows)
        _add(sha, f"{name}.starts", array.starts)
        sha.update(f"{name}.length {array.length};".encode())
        return
    kind = "<i8" if array.dtype.kind in "iu" else "<f8"
    sha.update(f"{name} {array.shape} {kind};".encode())
    for chunk in chunks(array) if array.ndim else [array]:
        sha.update(np.ascontiguousarray(chunk, dtype=kind))
