"""What weights must be, whichever scheme made them."""

import numpy as np

from harness.errors import InputError


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


def _place(position: tuple[int, ...]) -> str:
    return " ".join(f"{name} {i}" for name, i in zip(("sample", "output")[-len(position) :], position, strict=True))
