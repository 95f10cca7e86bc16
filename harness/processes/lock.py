"""A lock between processes that the system releases when its holder dies, however it dies. For POSIX systems."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from harness.processes.turns import seat


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Waits for the lock at `path` and holds it; its file, and its folder, may be gone afterwards."""
    handle = _wait_for(path)
    try:
        yield
    finally:
        with suppress(FileNotFoundError):
            path.unlink()
        os.close(handle)


def hold(path: Path) -> None:
    """Holds the lock at `path` until this process ends, which leaves its file."""
    _acquire(path, fcntl.LOCK_EX)


def is_held(path: Path) -> bool:
    """Whether a living process holds the lock at `path`."""
    if not path.exists():
        return False
    try:
        os.close(_acquire(path, fcntl.LOCK_EX | fcntl.LOCK_NB))
    except BlockingIOError:
        return True
    return False


def _wait_for(path: Path) -> int:
    turn = seat()
    if turn is None:
        return _acquire(path, fcntl.LOCK_EX)
    # The holder may itself wait for one of the jobs that take turns here.
    while True:
        try:
            return _acquire(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            turn.wait()


def _acquire(path: Path, how: int) -> int:
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(handle, how)
            # The holder before may have removed the file: then this is the lock of a file that nobody else will find.
            if os.fstat(handle).st_ino == os.stat(path).st_ino:
                return handle
        except FileNotFoundError:
            pass
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
