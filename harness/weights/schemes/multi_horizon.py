"""What an output counts where all horizons up to the whole are trained at once."""

import numpy as np

from harness.errors import InputError
from harness.spec import Split


def multi_horizon(train: Split, at: Split) -> np.ndarray:
    """(ln H - ln l) / H for the H outputs l = 1, ..., H, shared: [outputs]. The last output counts 0.

    It is the limit of the mean over all horizons h up to H of the mean error of the outputs up to h, in which output l
    has the sum of 1 / (h H) over h from l to H. Source: Zhang et al.: ElasTST: Towards robust varied-horizon
    forecasting with elastic time-series transformer, NeurIPS 2024.

    Raises InputError where there is one output.
    """
    outputs = at.y.shape[1]
    if outputs == 1:
        raise InputError("weights", "of one output the only weight would be 0", "Write weights=uniform")
    return (np.log(outputs) - np.log(np.arange(1.0, outputs + 1))) / outputs
