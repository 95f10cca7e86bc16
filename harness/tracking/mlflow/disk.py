"""What the failures of SQLite, and of the disk below it, mean for a piece of work on the store."""

import errno
import sqlite3

from harness.errors import FULL, causes, disk_error

# SQLite itself waits this long for a lock, deaf to Ctrl-C; the rest of the waiting is done by `Retry`.
BUSY_SECONDS = 2

HELD = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
FAILING = {errno.EIO, errno.EAGAIN, errno.EINTR, errno.EBUSY, errno.ESTALE, errno.ETIMEDOUT}


def may_pass(error: BaseException) -> bool:
    """Whether a lock, or a failure of the disk that need not last, is behind `error`."""
    found = _root(error)
    if isinstance(found, sqlite3.Error):
        return _code(found) in HELD | {sqlite3.SQLITE_IOERR}
    return isinstance(found, OSError) and found.errno in FAILING


def is_full(error: BaseException) -> bool:
    """Whether a full disk is behind `error`."""
    found = _root(error)
    if isinstance(found, sqlite3.Error):
        return _code(found) == sqlite3.SQLITE_FULL
    return isinstance(found, OSError) and found.errno in FULL


def reason(error: BaseException) -> str | None:
    """What failed, in a line; None where it is no failure of the store."""
    found = _root(error) or (error if _is_missing(error) else None)
    return None if found is None else " ".join(str(found).split())


def instead(error: BaseException) -> str:
    """What to do about it."""
    found = _root(error)
    if is_full(error):
        return "Free space on that disk"
    if isinstance(found, sqlite3.Error) and _code(found) in HELD:
        return "End the program that holds the database, or write a larger tracking.retry_seconds"
    if may_pass(error):
        return "See to that disk"
    return "Put the store back as it was, or write another tracking.uri and tracking.artifacts"


def _root(error: BaseException) -> sqlite3.Error | OSError | None:
    # MLflow and SQLAlchemy wrap what SQLite said, more than once; `requests` wraps in an OSError without a number.
    outermost = next((one for one in causes(error) if isinstance(one, sqlite3.Error | OSError)), None)
    return disk_error(error) or outermost


def _code(error: sqlite3.Error) -> int:
    # The low byte is the kind of error, the rest says where it arose.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _is_missing(error: BaseException) -> bool:
    # The run is not in a database that another has taken the place of.
    return getattr(error, "error_code", None) == "RESOURCE_DOES_NOT_EXIST"
