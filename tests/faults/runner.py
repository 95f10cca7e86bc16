"""Runs one sweep after another in forks of a process that has imported all of it, with or without a fault.

Reads a line of JSON for each, [n, how, limit in seconds], and answers [status, reached, operations, what it printed].
status None: it took longer than that; a text: what is wrong with its end.
"""

import json
import os
import signal
import struct
import sys
import time
from contextlib import suppress
from pathlib import Path

from harness.processes.tensorflow import import_tensorflow
from tests.faults import zygote

PLAN = struct.Struct("4Q")


def main():
    place, arguments = Path(sys.argv[1]), sys.argv[2:]
    import_all()
    plan = place / "plan"
    for line in sys.stdin:
        n, how, seconds = json.loads(line)
        with plan.open("r+b") as file:
            file.write(PLAN.pack(0, 0, n, how))
        status, printed = start(place, arguments, seconds)
        count, reached, _, _ = PLAN.unpack(plan.read_bytes())
        print(json.dumps([status, bool(reached), count, printed]), flush=True)


def start(place, arguments, seconds):
    """(exit status, what was printed) of the command `harness` in a folder."""
    pid = fork(place, arguments)
    by, status = time.monotonic() + seconds, None
    while time.monotonic() < by:
        ended, how = os.waitpid(pid, os.WNOHANG)
        if ended:
            status = os.waitstatus_to_exitcode(how)
            break
        time.sleep(0.01)
    else:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    if left := left_behind(place):
        status = f"{len(left)} processes lived on"
    return status, _printed(place).read_text(errors="replace")


def fork(place, arguments):
    """Starts the command `harness` in a folder, in a session of its own; returns its process."""

    def prepare():
        os.setsid()
        os.chdir(place)
        file = os.open(_printed(place), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, 1)
        os.dup2(file, 2)
        os.close(file)
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    def run():
        from harness.cli.main import main

        sys.argv = ["harness", *arguments]
        main()

    return zygote.call(run, prepare)


def left_behind(place):
    """What works in the folder two seconds after a command has ended; it is then ended."""
    by = time.monotonic() + 2
    while left := list(_works_in(place)):
        if time.monotonic() > by:
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            return left
        time.sleep(0.02)
    return []


def import_all():
    """Imports what a sweep imports, and computes nothing."""
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))
    import_tensorflow()
    from harness.tracking.mlflow.store import import_quietly

    import_quietly()
    import keras_tuner  # noqa: F401
    import mlflow.keras
    import mlflow.store.tracking.sqlalchemy_store  # noqa: F401

    import harness.cli.job
    import harness.cli.main
    import harness.cli.task
    import harness.config.explain
    import harness.plots.trial
    import harness.search.oracles.random
    import harness.search.study
    import harness.sweep.sweep
    import harness.tracking.mlflow.run_store
    import harness.trial.trial  # noqa: F401


def _printed(place):
    return place / "printed.txt"


def _works_in(place):
    for own in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if Path(os.readlink(own / "cwd")) == place and int(own.name) != os.getpid():
                yield int(own.name)


if __name__ == "__main__":
    main()
