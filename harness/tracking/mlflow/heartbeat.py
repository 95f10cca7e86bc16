"""Whether the process of a RUNNING run lives, where it runs on another machine: its heart beats in a tag of the run.

On this machine a lock says so, at once. One place of work is a host and a working directory: relative paths, and so the
locks, count from there.
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

# MLflow's UI does not show tags of this beginning.
WORKS_AT, BEAT = "mlflow.harness.works_at", "mlflow.harness.beat"
SECONDS_A_BEAT = 60.0
# A server that was restarted, and clocks that differ, cost some beats.
SECONDS_TO_LIVE = 300.0


class Heartbeat:
    """Calls `beat` every so many seconds, from a thread that ends with the process; a beat that fails is left out."""

    def __init__(self, beat: Callable[[], None], seconds: float = SECONDS_A_BEAT):
        self._beat, self._seconds, self._ended = beat, seconds, threading.Event()
        threading.Thread(target=self._run, name="heartbeat", daemon=True).start()

    def end(self) -> None:
        """After the next beat at the latest, none follows."""
        self._ended.set()

    def _run(self) -> None:
        while not self._ended.wait(self._seconds):
            with suppress(Exception):
                self._beat()


def works_at() -> str:
    """This process's place of work."""
    return f"{socket.gethostname()}:{os.getcwd()}"


def beat_now() -> str:
    """The tag's value."""
    return f"{time.time():.0f}"


def lives_elsewhere(tags: Mapping[str, str]) -> bool:
    """Whether a RUNNING run with these tags has another place of work, and its heart beat lately."""
    if tags.get(WORKS_AT, works_at()) == works_at():
        return False
    try:
        last = float(tags[BEAT])
    except (KeyError, ValueError):
        return False
    return time.time() - last < SECONDS_TO_LIVE
