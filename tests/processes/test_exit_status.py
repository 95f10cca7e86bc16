"""What the end of a process means, in words. Real ends are in test_deaths.py."""

import pytest

from harness.processes.exit_status import describe_exit, perhaps_killed_for_memory


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (None, "its process ended, and how is not known"),
        (0, "its process ended with status 0"),
        (137, "its process ended with status 137"),
        (-6, "its process crashed (SIGABRT)"),
        (-9, "its process was killed (SIGKILL), perhaps by the system for memory"),
        (-15, "its process was killed (SIGTERM)"),
        (-40, "its process was killed (signal 40)"),
    ],
)
def test_words(status, text):
    assert describe_exit(status) == text


def test_sigkill_alone_may_mean_memory():
    assert [status for status in (None, 0, 9, 137, -9, -11, -15) if perhaps_killed_for_memory(status)] == [-9]
