"""Jobs in processes of their own: what a job does to its process costs no other job.

Every process has a pipe of its own to the parent and shares nothing else with its siblings, so one that is killed, at
whichever moment, leaves no lock held and no queue half written. For POSIX systems.
"""

import multiprocessing
import pickle
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import Any

import cloudpickle

from harness.processes.child import serve
from harness.processes.own_process import told

SPAWN = multiprocessing.get_context("spawn")
STARTS = 3
SECONDS_BETWEEN_STARTS = 0.2
# A death shows at once by the end of its pipe. Looks are for a pipe that a child of the dead still holds open.
SECONDS_BETWEEN_LOOKS = 0.2
SECONDS_TO_LEAVE = 5.0
SECONDS_TO_TERMINATE = 1.0


@dataclass(frozen=True)
class Died:
    """The result of a job whose process ended before the job did.

    status: the exit code, negative for the signal that killed it, None if no process ran the job; text: why, in words.
    """

    status: int | None
    text: str


def run_jobs(
    prepare: Callable[[], Callable[[Any], Any]],
    jobs: Sequence[Any],
    *,
    workers: int,
    trials_per_worker: int,
    on_death: Callable[[int, str], None],
) -> list[Any]:
    """Runs each job once, in one of at most `workers` processes, and ends them before it returns or raises.

    A process that dies while no job has begun in it costs none: another one takes its place. A job is given up,
    as one that died, when STARTS processes in a row have ended before they could begin it.

    Args:
        prepare: called once in each process; gives what runs a job there. Pickled with cloudpickle.
        jobs: what that is called with, one at a time. A job should return its errors: one that raises ends its
            process, as does one that exits.
        trials_per_worker: after so many jobs a process is replaced by a fresh one, which bounds its memory.
        on_death: told the job's place in `jobs`, and why it died, as soon as that is known.

    Returns:
        what each job returned, or Died, in the order of `jobs`.
    """
    pool = _Pool(cloudpickle.dumps(prepare), jobs, trials_per_worker, on_death)
    try:
        for _ in range(min(workers, len(jobs))):
            pool.start(failures=0)
        while pool.workers:
            wait([worker.pipe for worker in pool.workers], SECONDS_BETWEEN_LOOKS)
            for worker in list(pool.workers):
                pool.look(worker)
    finally:
        _end(pool.workers)
    return [pool.results[number] for number in range(len(jobs))]


class _Worker:
    """The parent's side of one process, with at most one job in it.

    failures: how many processes before it, in its slot, ended without a job begun; job: the place of the job it was
    given; begun: whether it said that it has it; done: how many jobs it did; leaves_by: when it is to be gone.
    """

    def __init__(self, failures: int):
        self.pipe = self.process = None
        self.failures, self.job, self.begun, self.done, self.leaves_by = failures, None, False, 0, None

    def start(self) -> None:
        self.pipe, its_end = SPAWN.Pipe()
        self.process = SPAWN.Process(target=serve, args=(its_end,))
        with its_end, _interrupts_held_back():
            self.process.start()

    def send(self, message: Any) -> None:
        # To one that has died; that is seen at the next look.
        with suppress(OSError):
            self.pipe.send(message)

    def read(self) -> tuple[list[tuple], bool]:
        """What it has said since the last time, and whether it has ended."""
        # Asked before reading: what the dead said is all there by then.
        ended, messages = self.process.exitcode is not None, []
        try:
            while self.pipe.poll():
                messages.append(self.pipe.recv())
        except (EOFError, OSError):
            ended = True
        return messages, ended

    def bury(self) -> int | None:
        """The exit code."""
        # Its pipe has ended, so it should have, too, but a job can close whatever is open.
        _await([self.process], SECONDS_TO_TERMINATE)
        self.process.kill()
        _await([self.process], SECONDS_TO_TERMINATE)
        self.pipe.close()
        return self.process.exitcode


class _Pool:
    def __init__(self, prepare: bytes, jobs: Sequence[Any], limit: int, on_death: Callable[[int, str], None]):
        self._prepare, self._jobs, self._limit, self._on_death = prepare, jobs, limit, on_death
        self._waiting = deque(range(len(jobs)))
        self.workers: list[_Worker] = []
        self.results: dict[int, Any] = {}

    def start(self, failures: int) -> None:
        """Fills a slot, if there is a job waiting for it."""
        while self._waiting:
            time.sleep(failures * SECONDS_BETWEEN_STARTS)
            # Known before it starts, so that it is ended whenever an interrupt comes.
            self.workers.append(worker := _Worker(failures))
            try:
                worker.start()
            except OSError as error:
                self.workers.remove(worker)
                failures = self._failed_start(failures, Died(None, f"no process could be started: {error}"))
            else:
                return

    def look(self, worker: _Worker) -> None:
        messages, ended = worker.read()
        for message in messages:
            self._heed(worker, *message)
        if ended:
            self._replace(worker)
        elif worker.leaves_by and time.monotonic() > worker.leaves_by:
            worker.process.kill()

    def _heed(self, worker: _Worker, word: str, result: bytes | None = None) -> None:
        if word == "hello":
            worker.send(self._prepare)
        elif word == "ready":
            self._occupy(worker)
        elif word == "began":
            worker.begun, worker.failures = True, 0
        elif word == "done":
            self._keep(worker.job, result)
            worker.job, worker.begun, worker.done = None, False, worker.done + 1
            self._occupy(worker)

    def _occupy(self, worker: _Worker) -> None:
        if self._waiting and worker.done < self._limit:
            worker.job = self._waiting.popleft()
            worker.send(self._jobs[worker.job])
        else:
            worker.leaves_by = time.monotonic() + SECONDS_TO_LEAVE
            worker.send(None)

    def _keep(self, number: int, result: bytes) -> None:
        try:
            self.results[number] = pickle.loads(result)
        except Exception as error:
            self._give_up(number, Died(None, f"what it returned cannot be read: {type(error).__name__}: {error}"))

    def _replace(self, worker: _Worker) -> None:
        status = worker.bury()
        self.workers.remove(worker)
        failures = worker.failures
        if worker.begun:
            self._give_up(worker.job, Died(status, told(status)))
        elif not worker.leaves_by:
            if worker.job is not None:
                self._waiting.appendleft(worker.job)
            failures = self._failed_start(failures, Died(status, told(status)))
        self.start(failures)

    def _failed_start(self, failures: int, death: Died) -> int:
        if failures + 1 < STARTS or not self._waiting:
            return failures + 1
        text = f"it could not begin, {STARTS} times in a row: {death.text}"
        self._give_up(self._waiting.popleft(), Died(death.status, text))
        return 0

    def _give_up(self, number: int, death: Died) -> None:
        self.results[number] = death
        self._on_death(number, death.text)


def _end(workers: Sequence[_Worker]) -> None:
    started = [worker.process for worker in workers if worker.process and worker.process.pid]
    try:
        for process in started:
            process.terminate()
        _await(started, SECONDS_TO_TERMINATE)
    finally:
        for process in started:
            process.kill()
        _await(started, SECONDS_TO_TERMINATE)


def _await(processes: Sequence[Any], seconds: float) -> None:
    # Their own `join` waits for ever, whatever the limit, for one that has closed what it has open.
    by = time.monotonic() + seconds
    while any(process.exitcode is None for process in processes) and time.monotonic() < by:
        time.sleep(0.005)


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """A process started meanwhile is deaf to Ctrl-C until it says otherwise."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
