"""Places windows that were cut elsewhere in splits, by their order."""

import numpy as np

from harness.checks import at_least
from harness.data.framing import WindowsFraming
from harness.data.overlap import refuse_overlap
from harness.data.scaling import fit_scaling
from harness.data.shared_targets import refuse_shared_targets
from harness.data.splits import Spans, spans_of_fold
from harness.errors import InputError
from harness.spec import Dataset, Split, Windows


def place(windows: Windows, framing: WindowsFraming, fold: int) -> Dataset:
    """The windows in the three splits of a fold, each series' windows by their own order.

    Of one series, x, y and weights are views.

    Raises:
        InputError: shapes that do not fit each other or the framing, values that are not finite, bad split lengths, no
            such fold, an empty split, targets that two splits share, or an unknown `normalise`.
    """
    _check_arrays(windows)
    _check_framing(windows, framing)
    ids, names = _series(windows.series, len(windows.x))
    places = [np.flatnonzero(ids == i) for i in range(len(names))]
    placed = spans_of_fold(framing.split, framing.train_span, fold, [len(at) for at in places], "samples", 1)
    index: dict[str, list[np.ndarray]] = {name: [] for name in Spans._fields}
    for name, at, spans in zip(names, places, placed, strict=True):
        of_series = "" if len(names) == 1 else f" of the series {name!r}"
        for split, kept in _kept(spans, framing.gap, of_series).items():
            index[split].append(at[kept])
        refuse_overlap(windows.y[at], (spans.train.end, spans.validation.end, spans.test.end), framing.gap)
    parts = [_split(windows, ids, np.sort(np.concatenate(found))) for found in index.values()]
    refuse_shared_targets(dict(zip(Spans._fields, parts, strict=True)), framing.shared_targets)
    scaling = fit_scaling(parts[0], normalise=framing.normalise, target=windows.target)
    return Dataset(parts[0], parts[1], parts[2], scaling, windows.target, windows.season, windows.unit, names)


def _check_arrays(windows: Windows) -> None:
    arrays = {"x": (windows.x, 3), "y": (windows.y, 2), "weights": (windows.weights, 2), "series": (windows.series, 1)}
    for name, (array, dimensions) in arrays.items():
        if array is None and name in ("weights", "series"):
            continue
        if not isinstance(array, np.ndarray) or array.ndim != dimensions or len(array) != len(windows.x):
            shape = "None" if array is None else list(np.shape(array))
            found = f"the source gave {name} {shape} with x {list(np.shape(windows.x))}"
            instead = "Return x [n, lookback, features], y and weights [n, outputs], series [n]"
            raise InputError("data", found, instead)
    for name, array in (("x", windows.x), ("y", windows.y)):
        if array.dtype != np.float64 or array.size == 0 or not np.isfinite(array).all():
            found = f"the source gave {name} {array.dtype} {list(array.shape)}, or a value that is not finite"
            raise InputError("data", found, "Return finite float64 values, and no length of zero")


def _check_framing(windows: Windows, framing: WindowsFraming) -> None:
    features = windows.x.shape[2]
    for key, asked, actual in (
        ("lookback", framing.lookback, windows.x.shape[1]),
        ("outputs", framing.outputs, windows.y.shape[1]),
    ):
        if asked is not None and asked != actual:
            raise InputError(
                f"data.{key}",
                f"got {asked}, the windows have {actual}",
                f"Write data.{key}={actual} or data.{key}=null",
            )
    if windows.target is not None and (type(windows.target) is not int or not 0 <= windows.target < features):
        instead = f"Write null, or a feature of x from 0 to {features - 1}"
        raise InputError("data.target", f"got {windows.target!r}", instead)
    if windows.season is not None:
        at_least("data.season", windows.season, 1)
    at_least("data.gap", framing.gap, 0)


def _series(labels: np.ndarray | None, n: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """(the id of each sample's series [n], the series' names in the order in which they first appear)."""
    if labels is None:
        return np.zeros(n, int), ("",)
    values, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    order = np.argsort(first)
    return np.argsort(order)[inverse], tuple(str(value) for value in values[order])


def _kept(spans: Spans, gap: int, of_series: str) -> dict[str, slice]:
    """By split, which of a series' samples are in it: all of its span but for the gap at its start."""
    kept = {}
    for (name, (start, end)), skipped in zip(spans._asdict().items(), (0, gap, gap), strict=True):
        if start + skipped >= end:
            raise InputError(
                "data.split",
                f"the {name} split{of_series} is empty: it has {end - start} samples and needs {skipped + 1}",
                f"Write a larger {name} length, or a smaller data.gap",
            )
        kept[name] = slice(start + skipped, end)
    return kept


def _split(windows: Windows, ids: np.ndarray, index: np.ndarray) -> Split:
    first, last = int(index[0]), int(index[-1])
    # Where nothing is left out between them, the arrays are views.
    at = slice(first, last + 1) if last - first + 1 == len(index) else index
    weights = None if windows.weights is None else windows.weights[at]
    return Split(windows.x[at], windows.y[at], index, len(windows.x), weights, series=ids[at])
