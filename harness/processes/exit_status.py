"""What the end of a process means. The one place that decides it."""

import signal

CRASHES = (signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGABRT)


def describe_exit(status: int | None) -> str:
    """How a process ended, in words.

    Args:
        status: its exit code; a negative one is the number of the signal that ended it; None: not known.
    """
    if status is None:
        return "its process ended, and how is not known"
    if status >= 0:
        return f"its process ended with status {status}"
    if -status in CRASHES:
        return f"its process crashed ({_signal_name(-status)})"
    memory = ", perhaps by the system for memory" if perhaps_killed_for_memory(status) else ""
    return f"its process was killed ({_signal_name(-status)}){memory}"


def perhaps_killed_for_memory(status: int | None) -> bool:
    """Whether the system may have ended the process because memory ran out; arguments: see `describe_exit`.

    The system then sends SIGKILL, but so may anybody else.
    """
    return status == -signal.SIGKILL


def _signal_name(number: int) -> str:
    return signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
