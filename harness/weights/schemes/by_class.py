"""The rarer the class of a target is, the more its error counts."""

from collections.abc import Sequence

import numpy as np

from harness.errors import InputError
from harness.kinds import Inside
from harness.spec import Split


def by_class(train: Split, at: Split, *, quantiles: Sequence[Inside] | None) -> np.ndarray:
    """The inverse frequency of each target's class among the train targets, per sample: [n of at, outputs].

    With K classes, of which class k holds n_k of the N train targets, N / (K n_k): every class counts alike in all. It
    is scikit-learn's `class_weight="balanced"`, carried over to regression.

    quantiles: classes are the ranges below, between and above these quantiles of the train targets, such as [0.1, 0.9]
    for low, usual and high ones; equal ones part nothing. A range without a train target counts as if it held one.
    None: each value of the target is a class, as of labels.

    Raises InputError where all train targets are of one class, or a label is none of those of train.
    """
    edges = np.unique(train.y)
    if quantiles is not None:
        edges = np.unique(np.quantile(train.y, quantiles))
    elif not np.isin(at.y, edges).all():
        new = at.y[~np.isin(at.y, edges)]
        found = f"got null, and {len(new)} targets, such as {new[0]:g}, are none of the {len(edges)} values of train"
        raise InputError("weights.quantiles", found, "Write quantiles, such as [0.1, 0.9]")
    else:
        edges = edges[1:]
    counts = np.bincount(np.searchsorted(edges, train.y, side="right").ravel(), minlength=len(edges) + 1)
    if counts.max() == train.y.size:
        found = f"got {quantiles}, and all {train.y.size} train targets are of one class"
        raise InputError("weights.quantiles", found, "Write other quantiles, or weights=uniform")
    weights = train.y.size / (len(counts) * np.maximum(counts, 1))
    return weights[np.searchsorted(edges, at.y, side="right")]
