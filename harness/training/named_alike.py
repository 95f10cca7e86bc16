"""Names of traced functions that are those of every process, so that one finds what another compiled.

TensorFlow ends the name of a function by a number that counts all that the process has made before, and XLA looks for
what is compiled by that name.
"""

import hashlib
import itertools
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from tensorflow.python.framework import ops  # pyright: ignore[reportMissingImports]

# Numbers for one program: a trace takes some hundreds.
ROOM = 2**20
# Starts, far above what TensorFlow counts itself.
STARTS = 2**40
_own_numbers: ContextVar[Iterator[int] | None] = ContextVar("_own_numbers", default=None)
_uses: Counter[str] = Counter()
_count = ops.uid


def _uid() -> int:
    numbers = _own_numbers.get()
    # The module itself numbers tensors, of which it makes more or fewer from one time to the next.
    is_name = sys._getframe(1).f_globals is not vars(ops)
    return next(numbers) if is_name and numbers is not None else _count()


ops.uid = _uid


@contextmanager
def named_alike(key: str | None) -> Iterator[None]:
    """A block in which the names of what this thread traces follow from `key` alone; None: from all before, as usual.

    No two functions of a process may share a name: a key that comes again gives other names, alike in every process.
    """
    if key is None:
        yield
        return
    short = hashlib.sha256(key.encode()).hexdigest()
    number = int(hashlib.sha256(f"{_uses[short]} {short}".encode()).hexdigest(), 16)
    _uses[short] += 1
    token = _own_numbers.set(itertools.count((STARTS + number % STARTS) * ROOM))
    try:
        yield
    finally:
        _own_numbers.reset(token)
