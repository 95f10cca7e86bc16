"""What an output counts falls with a power of its distance."""

from typing import Annotated

import numpy as np
from annotated_types import Interval

from harness.spec import Split


def power_decay(train: Split, at: Split, *, exponent: Annotated[float, Interval(ge=-10, le=10)]) -> np.ndarray:
    """l^(-exponent) with l = 1 at the first output, shared: [outputs].

    With an exponent of 1/2 it is that of CARD (Wang et al.: CARD: Channel aligned robust blend transformer for time
    series forecasting, ICLR 2024), which puts it on absolute errors: the deviation of a random walk grows as l^(1/2).
    """
    return np.arange(1.0, at.y.shape[1] + 1) ** -exponent
