"""The rarer the class of a target is, the more its error counts."""

from collections.abc import Sequence

import numpy as np

from harness.errors import InputError
from harness.kinds import Inside, Text
from harness.spec import Split
from harness.weights.schemes.column import beside


def by_class(train: Split, at: Split, *, column: Text | int | None, quantiles: Sequence[Inside] | None) -> np.ndarray:
    """The inverse frequency of each target's class among the train targets, per sample: [n of at, outputs].

    With K classes, of which class k holds n_k of the N train targets, N / (K n_k): every class counts alike in all. It
    is scikit-learn's `class_weight="balanced"`, carried over to regression.

    column: what is classified, a column of the data at the time of each target, such as one of labels (numbers); None:
    the target itself.
    quantiles: classes are the ranges below, between and above these quantiles of the train values, such as [0.1, 0.9]
    for low, usual and high ones; equal ones part nothing. A range without a train value counts as if it held one.
    None: each value is a class, as of labels.

    Raises InputError where all train values are of one class, one is missing, or a label is none of those of train.
    """
    known, values = (one.truth if column is None else beside(one, "weights.column", column) for one in (train, at))
    missing = int(np.isnan(known).sum() + np.isnan(values).sum())
    if missing:
        found = f"got {column}, and {missing} of its values beside a target are missing"
        raise InputError("weights.column", found, "Name a column without gaps, or null for the target itself")
    edges = np.unique(known)
    if quantiles is not None:
        edges = np.unique(np.quantile(known, quantiles))
    elif not np.isin(values, edges).all():
        new = values[~np.isin(values, edges)]
        found = f"got null, and {len(new)} targets, such as {new[0]:g}, are none of the {len(edges)} values of train"
        raise InputError("weights.quantiles", found, "Write quantiles, such as [0.1, 0.9]")
    else:
        edges = edges[1:]
    counts = np.bincount(np.searchsorted(edges, known, side="right").ravel(), minlength=len(edges) + 1)
    if counts.max() == known.size:
        found = f"got {quantiles}, and all {known.size} train targets are of one class"
        raise InputError("weights.quantiles", found, "Write other quantiles, or weights=uniform")
    weights = known.size / (len(counts) * np.maximum(counts, 1))
    return weights[np.searchsorted(edges, values, side="right")]
