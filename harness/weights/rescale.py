"""The size that weights are brought to before training."""

import numpy as np

from harness.checks import one_of


def rescale(weights: np.ndarray, rule: str) -> np.ndarray:
    """Weights [outputs] or [n, outputs], brought to the size that `rule` names; their ratios stay.

    mean_one: a mean of 1 over all of them. Per-sample weights are divided by one number, not row by row, which would
    cancel what one sample counts against another. none: as they are.
    Raises InputError for another rule. The weights must have passed `checked`.
    """
    one_of("rescale_weights", rule, ("mean_one", "none"))
    if rule == "none":
        return weights
    # The sum of huge weights would overflow.
    relative = weights / weights.max()
    return relative / relative.mean()
