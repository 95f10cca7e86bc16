"""The more an output varies, the less an error on it counts."""

from typing import Annotated

import numpy as np
from annotated_types import Ge

from harness.errors import InputError
from harness.spec import Split


def inverse_variance(train: Split, at: Split, *, clip: Annotated[float, Ge(1)]) -> np.ndarray:
    """1 / the variance of each output over the train samples, shared: [outputs].

    The largest weight is at most `clip` times the smallest, so that an output that hardly varies does not outweigh
    all others. Raises InputError where no output varies.
    """
    variance = train.truth.var(axis=0)
    if not variance.max() > 0:
        found = f"no output varies over the {len(train.y)} train samples, so 1 / variance does not exist"
        raise InputError("weights", found, "Write weights=uniform")
    return 1 / np.maximum(variance, variance.max() / clip)
