"""Processes as cheap as a fork, for a program that has computed with TensorFlow by the time it starts them.

A zygote is a fork that was made before anything was computed. It forks again on request; what it forks first gets a
zygote of its own. A zygote dies with the process that it serves, and what it forked dies with it.
"""

import ctypes
import multiprocessing
import os
import pickle
import select
import signal
import socket
import sys
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection

from harness.processes import worker

PR_SET_PDEATHSIG = 1
POLL_SECONDS = 0.01
# The socket to this process's zygote, the one on which it reports deaths, and what it has forked that lives.
own = None
_deaths = None
_living = {}


def call(function, prepare=lambda: None):
    """Runs `function` in a fork of this process, which must not have computed yet; returns the fork's id.

    prepare: called before it, and before its zygote is forked: what it sets holds for all that is forked there.
    """
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        _die_with_parent()
        prepare()
        _begin()
        status = function()
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else int(error.code is not None)
        if isinstance(error.code, str):
            print(error.code, flush=True)
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status or 0)


class Process:
    """What `harness.processes.worker` needs of a multiprocessing.Process, forked by this process's zygote."""

    def __init__(self, target, args):
        self._target, self._pipe, self.pid, self._exitcode = target, args[0], None, None

    def start(self):
        socket.send_fds(own, [pickle.dumps(self._target)], [self._pipe.fileno()])
        self.pid = int.from_bytes(own.recv(4), "little")
        _living[self.pid] = self

    @property
    def exitcode(self):
        _collect()
        return self._exitcode

    def terminate(self):
        self._signal(signal.SIGTERM)

    def kill(self):
        self._signal(signal.SIGKILL)

    def _signal(self, number):
        if self.exitcode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


def _collect():
    while select.select([_deaths], [], [], 0)[0]:
        said = _deaths.recv(8)
        if not said:
            return
        pid, status = (int.from_bytes(part, "little", signed=True) for part in (said[:4], said[4:]))
        if pid in _living:
            _living.pop(pid)._exitcode = status


class _Forks:
    """Stands in for multiprocessing's context."""

    Pipe = staticmethod(multiprocessing.get_context("spawn").Pipe)
    Process = Process


def _begin():
    """Gives this process a zygote."""
    global own, _deaths
    worker.SPAWN = _Forks
    own, its_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    _deaths, says = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    _living.clear()
    if os.fork() == 0:
        try:
            _die_with_parent()
            own.close()
            _deaths.close()
            _serve(its_end, says)
        finally:
            os._exit(0)
    its_end.close()
    says.close()


def _serve(asked, says):
    while True:
        if select.select([asked], [], [], POLL_SECONDS)[0]:
            message, files, _, _ = socket.recv_fds(asked, 65536, 1)
            if not message:
                return
            target, file = pickle.loads(message), files[0]

            def work(target=target, file=file):
                asked.close()
                says.close()
                target(Connection(file))

            pid = call(work)
            os.close(file)
            asked.send(pid.to_bytes(4, "little"))
        with suppress(ChildProcessError):
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid:
                code = os.waitstatus_to_exitcode(status)
                says.send(pid.to_bytes(4, "little", signed=True) + code.to_bytes(4, "little", signed=True))


def _die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
