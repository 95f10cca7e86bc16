"""The cores of this machine, dealt out to processes that work side by side.

Where the system places them, two busy processes may share one core for seconds while another is idle: each step of a
training wakes several threads, and Linux wakes a thread near the one that woke it.
"""

import os
from contextlib import suppress

Cores = frozenset[int]


def dealt(parts: int) -> list[Cores | None]:
    """The cores that this process may use, in so many parts, as even as can be; more parts than cores share some.

    None each where the system does not say: then all use all.
    """
    if not hasattr(os, "sched_getaffinity"):
        return [None] * parts
    cores = sorted(os.sched_getaffinity(0))
    return [frozenset(cores[place % len(cores) :: parts]) for place in range(parts)]


def keep_to(cores: Cores | None) -> None:
    """Has this thread, and all that it starts, run on these cores alone; None: on any."""
    # Another program may have taken a core from this one since.
    with suppress(OSError):
        if cores is not None:
            os.sched_setaffinity(0, cores)
