import errno
import sqlite3
import time

import pytest

from harness.errors import InputError, TrackingError
from harness.tracking.mlflow import disk
from harness.tracking.mlflow.retry import Retry


class Failing:
    """Work that raises the given errors one after the other, then succeeds."""

    def __init__(self, *errors: Exception):
        self.errors, self.calls = list(errors), 0

    def __call__(self, given):
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return given


def _wrapped(error: Exception) -> RuntimeError:
    try:
        try:
            raise error
        except Exception as inner:
            raise ValueError("first wrapping") from inner
    except ValueError as outer:
        wrapped = RuntimeError("second wrapping")
        wrapped.__cause__ = outer
        return wrapped


def _locked(path) -> sqlite3.Error:
    first, second = sqlite3.connect(path, isolation_level=None), sqlite3.connect(path, timeout=0)
    first.execute("BEGIN EXCLUSIVE")
    with pytest.raises(sqlite3.OperationalError) as raised:
        second.execute("CREATE TABLE t (x)")
    first.close()
    second.close()
    return raised.value


def _full(path) -> sqlite3.Error:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA max_page_count = 2")
    connection.execute("CREATE TABLE t (x)")
    with pytest.raises(sqlite3.OperationalError) as raised:
        connection.execute("INSERT INTO t VALUES (?)", ["x" * 100_000])
    connection.close()
    return raised.value


def test_work_that_succeeds_is_done_once_and_gives_its_result():
    work = Failing()
    assert Retry(10, disk)("work", work, 7) == 7
    assert work.calls == 1


def test_a_lock_and_a_failing_disk_are_tried_again(tmp_path):
    work = Failing(_locked(tmp_path / "a.db"), _wrapped(_locked(tmp_path / "b.db")), OSError(errno.EIO, "failed"))
    assert Retry(10, disk)("work", work, given=7) == 7
    assert work.calls == 4


def test_pauses_grow_and_end_with_the_patience(tmp_path):
    work, started = Failing(*[_wrapped(_locked(tmp_path / "a.db"))] * 1000), time.monotonic()
    with pytest.raises(TrackingError) as raised:
        Retry(1.5, disk)("log metrics", work, 7)
    assert time.monotonic() - started < 3
    assert 2 <= work.calls < 30
    message = str(raised.value)
    assert message.startswith(f"cannot log metrics: gave up after {work.calls} tries in ")
    assert "found: database is locked" in message
    assert "End the program that holds the database, or write a larger tracking.retry_seconds" in message


@pytest.mark.parametrize("wrap", [lambda error: error, _wrapped])
def test_a_full_disk_ends_it_at_once(tmp_path, wrap):
    for error in (_full(tmp_path / "a.db"), OSError(errno.ENOSPC, "No space left on device")):
        work = Failing(wrap(error))
        with pytest.raises(
            TrackingError, match=r"after 1 try in .* found: .*(full|No space).* Free space on that disk"
        ):
            Retry(10, disk)("work", work, 7)
        assert work.calls == 1


def test_a_full_disk_behind_another_error_of_the_system_ends_it_at_once():
    # As that of `requests`, which is an OSError without a number.
    failed = ConnectionError("upload failed")
    failed.__cause__ = OSError(errno.ENOSPC, "No space left on device")
    work = Failing(failed)
    with pytest.raises(TrackingError, match=r"after 1 try in .* found: .*No space.* Free space on that disk"):
        Retry(10, disk)("work", work, 7)
    assert work.calls == 1


def test_other_errors_of_the_store_end_it_at_once():
    work = Failing(PermissionError(errno.EACCES, "denied", "x"))
    with pytest.raises(TrackingError, match=r"denied: 'x'\. Put the store back as it was, or write another"):
        Retry(10, disk)("work", work, 7)
    assert work.calls == 1


@pytest.mark.parametrize("error", [KeyError("bug"), InputError("key", "found", "instead")])
def test_what_is_no_error_of_the_store_is_raised_as_it_is(error):
    work = Failing(error)
    with pytest.raises(type(error)) as raised:
        Retry(10, disk)("work", work, 7)
    assert raised.value is error
    assert work.calls == 1
