"""The parent's side of one process of a pool."""

import multiprocessing
import signal
import time
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker

from harness.processes.child import serve
from harness.processes.cores import Cores

SPAWN = multiprocessing.get_context("spawn")
SECONDS_TO_LEAVE = 5.0
SECONDS_TO_TERMINATE = 1.0


class Worker:
    """One process, with at most one job in it, and a pipe to it that no other process shares.

    Attributes:
        process, pipe: the process, and this side of its pipe.
        failures: how many processes before it, in its place, ended before they began a job.
        environment: variables that are set in it before all else.
        cores: those that it keeps to; None: any.
        job: the number of the job that it was given, or None.
        kinds: of the jobs that it was given so far.
        begun: when it said that it works on that job, in seconds of `time.monotonic`; None: it has not.
        idle: whether it waits for a job or for leave to end.
        done: how many jobs it has done.
        grown: whether its memory has grown since its first job.
        leaves_by: when it is to have ended, in seconds of `time.monotonic`; None: it was not asked to leave.
    """

    def __init__(self, failures: int, environment: Mapping[str, str], cores: Cores | None):
        self.pipe, self._its_end = SPAWN.Pipe()
        self.process = SPAWN.Process(target=serve, args=(self._its_end,))
        self.failures, self.environment, self.cores = failures, environment, cores
        self.job: int | None = None
        self.kinds: set[Hashable] = set()
        self.begun: float | None = None
        self.idle = False
        self.done = 0
        self.grown = False
        self.leaves_by: float | None = None

    def start(self) -> None:
        """Starts the process. Raises OSError where the system gives none."""
        with self._its_end, _interrupts_held_back():
            self.process.start()

    def send(self, message: object) -> None:
        """Sends the next message; one to a process that has died is lost, and `read` then says that it has ended."""
        with suppress(OSError):
            self.pipe.send(message)

    def equip(self, prepare: bytes) -> None:
        """Sends what it needs before its first job; prepare: what the process calls once, pickled."""
        self.send((self.environment, self.cores, prepare))

    def give(self, number: int, job: object) -> None:
        """Gives it a job."""
        self.job, self.idle = number, False
        self.send(job)

    def ask_to_leave(self) -> None:
        """Lets it end by itself, within SECONDS_TO_LEAVE."""
        self.idle, self.leaves_by = False, time.monotonic() + SECONDS_TO_LEAVE
        self.send(None)

    @property
    def overstays(self) -> bool:
        """Whether it was asked to leave, and has not, for too long."""
        return self.leaves_by is not None and time.monotonic() > self.leaves_by

    @property
    def seconds(self) -> float:
        """How long it has worked on its job."""
        return 0.0 if self.begun is None else time.monotonic() - self.begun

    def read(self) -> tuple[list[tuple], bool]:
        """(what it has sent since the last time, whether it has ended)."""
        # The order matters: once it has ended, all that it sent can be read.
        ended, messages = self.process.exitcode is not None, []
        try:
            while self.pipe.poll():
                messages.append(self.pipe.recv())
        except (EOFError, OSError):
            ended = True
        return messages, ended

    def bury(self) -> int | None:
        """Makes sure that a process whose pipe has ended is gone; its exit code."""
        # It usually is, but a job can also close whatever is open.
        wait_for_end([self], SECONDS_TO_TERMINATE)
        self.process.kill()
        wait_for_end([self], SECONDS_TO_TERMINATE)
        self.pipe.close()
        return self.process.exitcode


def end(workers: Sequence[Worker]) -> None:
    """Ends these processes, gently for SECONDS_TO_TERMINATE, then by force."""
    started = [worker for worker in workers if worker.process.pid]
    try:
        for worker in started:
            worker.process.terminate()
        wait_for_end(started, SECONDS_TO_TERMINATE)
    finally:
        for worker in started:
            worker.process.kill()
        wait_for_end(started, SECONDS_TO_TERMINATE)
        for worker in workers:
            worker.pipe.close()


def wait_for_end(workers: Sequence[Worker], seconds: float) -> None:
    """Waits until these processes have ended, for at most so many seconds."""
    # `Process.join` waits for ever, whatever its limit, for a process that has closed what it has open.
    by = time.monotonic() + seconds
    while any(worker.process.exitcode is None for worker in workers) and time.monotonic() < by:
        time.sleep(0.005)


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """A process that is started inside this block ignores Ctrl-C until it decides for itself."""
    # Python starts this one with the first process, and lets interrupts through after that.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
