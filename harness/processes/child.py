"""What runs inside a process of `harness.processes.pool`: one job after another, as the parent hands them out."""

import ctypes
import multiprocessing
import os
import pickle
import signal
import sys
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from threading import Thread
from typing import Any

import cloudpickle

from harness.processes.cores import keep_to

SECONDS_BETWEEN_CHECKS = 0.2
ONE_THREAD: dict[str, str] = dict.fromkeys(
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
# A process has grown when it has held so many times the memory that its first job left it with: what is compiled anew
# for each job stays, 45 MB a network, while jobs that share a program add nothing.
GROWTH = 2
# Linux's number for "send me this signal when my parent dies".
PR_SET_PDEATHSIG = 1


def serve(pipe: Connection) -> None:
    """Receives what prepares this process, then jobs, until None comes; reports each job's begin and its result.

    The messages to the parent are ("hello",), ("ready",), ("began",) and ("done", the pickled result, whether the
    process has grown); the parent answers all but ("began",). The process ends with its parent, however that ends.
    """
    _die_with_parent()
    # Ctrl-C goes to the parent, which ends its processes itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    _be_first_killed_for_memory()
    os.environ.update(ONE_THREAD)
    told = _ask(pipe, "hello")
    if told is None:
        return
    environment, cores, prepare = told
    os.environ.update(environment)
    keep_to(cores)
    run = pickle.loads(prepare)()
    job, at_first = _ask(pipe, "ready"), None
    while job is not None:
        with suppress(ConnectionError):
            pipe.send(("began",))
        result = cloudpickle.dumps(run(job))
        memory = _peak_memory()
        at_first = at_first or memory
        job = _ask(pipe, "done", result, memory > GROWTH * at_first)


def _peak_memory() -> int:
    """The most kilobytes that this process has held."""
    status = Path("/proc/self/status")
    if status.exists():
        # Linux counts in `ru_maxrss` what the parent held when it started this process.
        return int(status.read_text().partition("VmHWM:")[2].split()[0])
    return getrusage(RUSAGE_SELF).ru_maxrss


def _ask(pipe: Connection, *message: object) -> Any:
    """The parent's answer to a message; None if there is no parent any more."""
    with suppress(EOFError, ConnectionError):
        pipe.send(message)
        return pipe.recv()


def _die_with_parent() -> None:
    """Ends this process when its parent ends; a child of this process that does the same ends, too."""
    process = multiprocessing.parent_process()
    parent = process.pid if process else os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(SECONDS_BETWEEN_CHECKS)
        os._exit(PARENT_DIED)

    # The kernel needs no cooperation. The thread cannot run while a library holds Python's lock, but it also sees a
    # parent that died before the kernel was asked, and it works on every POSIX system.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    Thread(target=watch, daemon=True).start()


def _be_first_killed_for_memory() -> None:
    """Makes the system choose this process when memory runs out, rather than the parent."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
