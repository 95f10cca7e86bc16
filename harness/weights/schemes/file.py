"""Weights from a user's file, or those that came with the data."""

from pathlib import Path

import numpy as np

from harness import kinds
from harness.errors import InputError
from harness.spec import Split


def file(train: Split, at: Split, *, path: kinds.Path | None) -> np.ndarray:
    """The weights in `path` for `at`: [outputs] or [n of at, outputs].

    path: .npy, .csv (with or without a header) or .npz (its array `w`); None: the weights that the data brought along.
    It holds [outputs] (in a CSV one column or one row), one row for each sample of `at`, or one row for each of all the
    samples of the source, of which those of `at` are taken.
    Raises InputError for a file that is missing, cannot be read, or has another shape.
    """
    if path is None:
        if at.weights is None:
            instead = "Write weights.path=<file>, or use data that holds weights (data=npz_file with an array w)"
            raise InputError("weights.path", "got null, and the data brought no weights along", instead)
        return at.weights
    place = Path(path).expanduser()
    if place.is_dir():
        raise InputError("weights.path", f"{path} is a folder", "Write the path of a .npy, .npz or .csv file in it")
    read = {".npy": _npy, ".npz": _npz, ".csv": _csv}.get(place.suffix.lower())
    if read is None:
        raise InputError("weights.path", f"got {path}", "Write the path of a .npy, .npz or .csv file")
    if not place.is_file():
        raise InputError("weights.path", f"there is no file {path}", "Write the path of a .npy, .npz or .csv file")
    return _of_split(read(place), path, at)


def _of_split(values: np.ndarray, path: str, at: Split) -> np.ndarray:
    n, outputs = at.y.shape
    if values.dtype.kind not in "biuf":
        raise InputError("weights.path", f"{path} holds values of type {values.dtype}", "Give a file of real numbers")
    csv_vector = path.lower().endswith(".csv") and values.shape in {(outputs, 1), (1, outputs)}
    if csv_vector or values.shape == (outputs,):
        return values.reshape(outputs)
    if values.shape == (at.samples, outputs):
        return values[at.index]
    if values.shape == (n, outputs):
        return values
    whole = f"[{at.samples}, {outputs}] (one row for each sample of the source, in time order)"
    accepted = f"Give [{outputs}] (shared), [{n}, {outputs}] (one row for each sample of this split), or {whole}"
    raise InputError("weights.path", f"{path} holds weights of shape {list(values.shape)}", accepted)


def _npy(path: Path) -> np.ndarray:
    content = _loaded(path)
    if not isinstance(content, np.ndarray):
        raise InputError("weights.path", f"{path} holds {sorted(content)}", "Name it .npz, as numpy.savez does")
    return content


def _npz(path: Path) -> np.ndarray:
    content = _loaded(path)
    if isinstance(content, np.ndarray):
        raise InputError("weights.path", f"{path} holds one array without a name", "Name it .npy, as numpy.save does")
    if "w" not in content:
        raise InputError("weights.path", f"{path} holds {sorted(content)}", "Give a .npz file with an array named w")
    return content["w"]


def _loaded(path: Path) -> np.ndarray | dict[str, np.ndarray]:
    try:
        with path.open("rb") as stream:
            content = np.load(stream, allow_pickle=False)
            return content if isinstance(content, np.ndarray) else dict(content)
    except Exception as error:  # NumPy raises one of many kinds for a damaged file
        instead = "Give a file that numpy.save or numpy.savez wrote from numbers"
        raise InputError("weights.path", f"{path} cannot be read ({error})", instead) from error


def _csv(path: Path) -> np.ndarray:
    try:
        with path.open(encoding="utf-8-sig") as stream:
            first = stream.readline()
        return np.loadtxt(path, delimiter=",", skiprows=int(_is_header(first)), ndmin=2, encoding="utf-8-sig")
    except ValueError as error:
        instead = "Give a CSV of numbers, parted by commas, with or without one line of names above"
        raise InputError("weights.path", f"{path} cannot be read ({error})", instead) from error


def _is_header(line: str) -> bool:
    try:
        np.array(line.split(","), dtype=float)
    except ValueError:
        return True
    return False
