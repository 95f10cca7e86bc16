"""What runs inside a process of `harness.processes.pool`: one job after another, as the parent hands them out."""

import multiprocessing
import os
import pickle
import signal
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from threading import Thread
from typing import Any

import cloudpickle

from harness.processes.own_process import first_killed_for_memory, killed_with_parent

SECONDS_BETWEEN_LOOKS = 0.2
ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "BLIS_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "NUMEXPR_NUM_THREADS",
    ),
    "1",
)
PARENT_DIED = 1


def serve(pipe: Connection) -> None:
    """Gets what prepares it, then jobs, until there is None; says when it has a job and what the job returned."""
    _die_with_parent()
    # Ctrl-C goes to the parent, which ends its processes itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    first_killed_for_memory()
    os.environ.update(ONE_THREAD)
    prepare = _answer(pipe, "hello")
    if prepare is None:
        return
    run = pickle.loads(prepare)()
    job = _answer(pipe, "ready")
    while job is not None:
        with suppress(ConnectionError):
            pipe.send(("began",))
        job = _answer(pipe, "done", cloudpickle.dumps(run(job)))


def _answer(pipe: Connection, *message: Any) -> Any:
    """The parent's answer; None if there is no parent any more."""
    with suppress(EOFError, ConnectionError):
        pipe.send(message)
        return pipe.recv()


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process().pid

    def watch():
        while os.getppid() == parent:
            time.sleep(SECONDS_BETWEEN_LOOKS)
        os._exit(PARENT_DIED)

    # The thread cannot run while a library holds Python's lock; the kernel can.
    killed_with_parent()
    Thread(target=watch, daemon=True).start()
