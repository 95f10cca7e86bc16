"""The weights that a scheme gives for a data set: checked, and for training brought to one size."""

import numpy as np

from harness.checks import one_of
from harness.errors import InputError
from harness.spec import Dataset, Scheme, Split

# Of `rescale_weights`.
RULES = ("mean_one", "none")


def training_weights(scheme: Scheme, rule: str, data: Dataset) -> np.ndarray:
    """What training weighs errors with: [outputs] or [n of train, outputs], rescaled by `rule`."""
    return rescale(_weights(scheme, "weights", data.train, data.train), rule)


def evaluation_weights(scheme: Scheme, data: Dataset) -> dict[str, np.ndarray]:
    """What the metrics weigh errors with, for `val` and `test`: [outputs] or [n of the split, outputs]."""
    splits = {"val": data.validation, "test": data.test}
    return {name: _weights(scheme, "evaluate.weights", data.train, split) for name, split in splits.items()}


def weights_on_test(scheme: Scheme, data: Dataset) -> np.ndarray | None:
    """What the scheme of training gives for test samples; None where it gives nothing for them, as a file may."""
    try:
        return _weights(scheme, "weights", data.train, data.test)
    except InputError:
        return None


def rescale(weights: np.ndarray, rule: str) -> np.ndarray:
    """Weights [outputs] or [n, outputs], brought to the size that `rule` names; their ratios stay.

    mean_one: a mean of 1 over all of them. Per-sample weights are divided by one number, not row by row, which would
    cancel what one sample counts against another. none: as they are.
    Raises InputError for another rule. The weights must have passed `checked`.
    """
    one_of("rescale_weights", rule, RULES)
    if rule == "none":
        return weights
    # The sum of huge weights would overflow.
    relative = weights / weights.max()
    return relative / relative.mean()


def checked(weights: np.ndarray, samples: int, outputs: int) -> np.ndarray:
    """The weights as float64, in the shape in which they came: [outputs] or [samples, outputs].

    Raises InputError unless they are of one of these shapes, finite, >= 0 and not all zero.
    """
    weights = np.asarray(weights)
    if weights.shape not in {(outputs,), (samples, outputs)}:
        found = f"found weights of shape {list(weights.shape)}"
        raise InputError("weights", found, f"Give [{outputs}] (shared) or [{samples}, {outputs}] (per sample)")
    if weights.dtype.kind not in "biuf":
        raise InputError("weights", f"found weights of type {weights.dtype}", "Give real numbers")
    weights = weights.astype(np.float64)
    bad = ~(np.isfinite(weights) & (weights >= 0))
    if bad.any():
        first = tuple(np.argwhere(bad)[0])
        found = f"found {weights[first]} at {_place(first)}, and {bad.sum() - 1} more such values"
        raise InputError("weights", found, "Give finite weights >= 0; 0 leaves a value out")
    if not weights.any():
        raise InputError("weights", "all weights are 0", "Give at least one weight above 0")
    return weights


def _weights(scheme: Scheme, key: str, train: Split, at: Split) -> np.ndarray:
    """key: where the config has the scheme, which does not know it itself."""
    try:
        return checked(scheme(train, at), *at.y.shape)
    except InputError as error:
        raise InputError(error.key.replace("weights", key, 1), error.found, error.instead) from error


def _place(position: tuple[int, ...]) -> str:
    return " ".join(f"{name} {i}" for name, i in zip(("sample", "output")[-len(position) :], position, strict=True))
