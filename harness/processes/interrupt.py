"""Ctrl-C, and the system's request to end: at once where nothing is lost, once where something has to be closed."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from harness.errors import STATUS_INTERRUPTED

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def leave_at_once(*_: object) -> None:
    """Ends the process with one line; by now every run is closed, and no process of ours is left.

    As a handler of a signal it cannot be swallowed, as KeyboardInterrupt is in a destructor; and the interpreter would
    take seconds to unload TensorFlow.
    """
    with suppress(Exception):
        sys.stdout.flush()
    os.write(1, b"Stopped. The same command resumes from here.\n")
    os._exit(STATUS_INTERRUPTED)


@contextmanager
def interrupted_once() -> Iterator[None]:
    """The first SIGINT or SIGTERM in this block raises KeyboardInterrupt; from then on the process ignores them.

    So nobody who presses Ctrl-C twice stops what the first one began to end. Only for the main thread.
    """
    interrupted = False

    def interrupt(*_: object) -> None:
        nonlocal interrupted
        interrupted = True
        for each in SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {each: signal.signal(each, interrupt) for each in SIGNALS if signal.getsignal(each) != signal.SIG_IGN}
    try:
        yield
    finally:
        if not interrupted:
            for each, handler in before.items():
                signal.signal(each, handler)
