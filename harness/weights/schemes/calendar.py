"""Some hours, days or months matter more than others."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from annotated_types import Interval, Len

from harness.errors import InputError
from harness.kinds import NotNegative
from harness.spec import Split


def calendar(
    train: Split,
    at: Split,
    *,
    hours: Annotated[Sequence[Annotated[int, Interval(ge=0, le=23)]], Len(1)] | None,
    weekdays: Annotated[Sequence[Annotated[int, Interval(ge=0, le=6)]], Len(1)] | None,
    months: Annotated[Sequence[Annotated[int, Interval(ge=1, le=12)]], Len(1)] | None,
    factor: NotNegative,
) -> np.ndarray:
    """`factor` where the time of a target is among `hours`, `weekdays` and `months`, else 1: [n of at, outputs].

    The time is that of the target, not of the sample; None is any. Hours are those of the stamps as they are written,
    or of UTC where these name a zone.

    hours: 0 to 23; weekdays: 0 is Monday, 6 is Sunday; months: 1 to 12.

    Raises InputError where the data has no dates, or nothing is chosen.
    """
    if hours is None and weekdays is None and months is None:
        raise InputError("weights.hours", "got null, as for weekdays and months", "Write weights.hours=[17,18,19]")
    if at.times is None:
        raise InputError("weights", "the calendar needs dates, and the data has none", "Name them in data.time")
    times = np.asarray(at.times)
    hour, month = (times.astype(f"datetime64[{unit}]").astype(int) for unit in "hM")
    day = hour // 24
    # Day 0, the 1st of January 1970, was a Thursday.
    parts = ((hour % 24, hours), ((day + 3) % 7, weekdays), (month % 12 + 1, months))
    chosen = np.ones(times.shape, bool)
    for values, wanted in parts:
        if wanted is not None:
            chosen &= np.isin(values, wanted)
    return np.where(chosen, float(factor), 1.0)
