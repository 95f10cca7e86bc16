"""What this machine's memory can hold, asked before something is made that is too large for it."""

import os
from functools import cache
from pathlib import Path

from harness.errors import InputError

# Where Linux says how much this group of processes may take.
LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
GIGABYTE = 1e9
# In training each parameter is there in single precision, and so is its gradient.
BYTES_A_PARAMETER = 8


@cache
def memory() -> int:
    """The bytes of memory that this process may take at most."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [file.read_text().strip() for file in LIMITS if file.is_file()]
    return min([physical, *(int(limit) for limit in limits if limit.isdigit())])


def check_memory(needed: float, what: str, key: str, instead: str) -> None:
    """Refuses what cannot fit into the whole memory of this machine.

    Args:
        needed: bytes, at least; the truth may be several times that.
        what: what needs them.

    Raises:
        InputError: for `key`, with the remedy `instead`.
    """
    if needed > memory():
        found = f"{what} need at least {needed / GIGABYTE:.0f} GB of memory, and this machine has"
        raise InputError(key, f"{found} {memory() / GIGABYTE:.0f} GB", instead)
