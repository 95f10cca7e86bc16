"""Does a piece of work on the store, again and again while what stands in its way may pass."""

import errno
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from tenacity import Retrying, retry_if_exception, stop_before_delay, wait_random_exponential

from harness.errors import FULL, HarnessError, TrackingError, causes, disk_error

# SQLite itself waits this long for a lock, deaf to Ctrl-C; the rest of the waiting is done here.
BUSY_SECONDS = 2
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 2.0

HELD = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
FAILING = {errno.EIO, errno.EAGAIN, errno.EINTR, errno.EBUSY, errno.ESTALE, errno.ETIMEDOUT}

Given = ParamSpec("Given")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Retry:
    """Calls that are tried again, with pauses that grow and vary, for `seconds` in all."""

    seconds: float

    def __call__(
        self, doing: str, work: Callable[Given, Result], *arguments: Given.args, **keywords: Given.kwargs
    ) -> Result:
        """`work(*arguments, **keywords)`; work that failed half-way must bear being done again.

        Args:
            doing: completes "cannot ...", with the place.

        Raises:
            TrackingError: the lock or the disk's failure outlasted `seconds`, or waiting cannot help: the disk is
                full, the database is gone or no longer readable. What is neither SQLite's nor the system's error is
                raised as it is.
        """
        tries = Retrying(
            retry=retry_if_exception(may_pass),
            wait=wait_random_exponential(multiplier=FIRST_PAUSE, max=LONGEST_PAUSE),
            stop=stop_before_delay(self.seconds),
            reraise=True,
        )
        try:
            return tries(work, *arguments, **keywords)
        except HarnessError:
            raise
        except Exception as error:
            found = _root(error)
            if found is None and not _is_missing(error):
                raise
            times, seconds = tries.statistics["attempt_number"], tries.statistics["delay_since_first_attempt"]
            tried = f"gave up after {times} {'try' if times == 1 else 'tries'} in {seconds:.1f} s"
            reason = " ".join(str(found or error).split())
            raise TrackingError(
                f"cannot {doing}: {tried}, found: {reason}. {_instead(found)}, and start again"
            ) from error


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


def _instead(found: sqlite3.Error | OSError | None) -> str:
    if found is not None and is_full(found):
        return "Free space on that disk"
    if isinstance(found, sqlite3.Error) and _code(found) in HELD:
        return "End the program that holds the database, or write a larger tracking.retry_seconds"
    if found is not None and may_pass(found):
        return "See to that disk"
    return "Put the store back as it was, or write another tracking.uri and tracking.artifacts"
