"""A function in a process of its own, without the seconds that imports take; and how a process ended, in words."""

import ctypes
import multiprocessing
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

# Linux's number for "send me this signal when my parent dies".
PR_SET_PDEATHSIG = 1
SERVER = multiprocessing.get_context("forkserver")


def run_alone(function: Callable[..., None], *arguments: Any) -> int:
    """Calls `function(*arguments)` in a fresh process, waits for its end, and returns the exit code.

    The process is a fork of a server that imports the module of the first function asked for, once, and never computes
    anything. It ends with the process that asks. A negative code is the number of the signal that killed it; an
    exception is printed, and gives 1. The function must be found in its module; it and the arguments are pickled.
    """
    SERVER.set_forkserver_preload([function.__module__])
    process = SERVER.Process(target=_call, args=(function, *arguments))
    process.start()
    try:
        process.join()
    finally:
        process.kill()
    return process.exitcode


def told(status: int | None) -> str:
    """How a process ended, in words, from its exit code."""
    if status is None:
        return "its process ended, and how is not known"
    if status >= 0:
        return f"its process ended with status {status}"
    number = -status
    name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
    if number == signal.SIGKILL:
        return f"its process was killed ({name}), perhaps by the system for memory"
    if number in (signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGABRT):
        return f"its process crashed ({name})"
    return f"its process was killed ({name})"


def killed_with_parent() -> None:
    """Has the kernel kill this process when its parent ends; on Linux alone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def first_killed_for_memory() -> None:
    """Has the system choose this process when memory runs out, rather than the one that started it."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _call(function: Callable[..., None], *arguments: Any) -> None:
    # Who asked answers to Ctrl-C for both.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The parent is the server, which ends with the process that asked.
    killed_with_parent()
    first_killed_for_memory()
    function(*arguments)
