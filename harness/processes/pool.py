"""Jobs in processes of their own: what a job does to its process costs no other job.

Every process has a pipe of its own to the parent and shares nothing else with its siblings, so one that is killed, at
whichever moment, leaves no lock held and no queue half written. For POSIX systems.
"""

import pickle
import time
from collections import deque
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from types import TracebackType
from typing import Generic, Self, TypeVar

import cloudpickle

from harness.processes.cores import Cores, dealt
from harness.processes.exit_status import describe_exit
from harness.processes.worker import SECONDS_TO_LEAVE, Worker, end, wait_for_end

STARTS = 3
SECONDS_BETWEEN_STARTS = 0.2
# The end of its pipe shows a death at once. Checks are for a pipe that a child of the dead still holds open.
SECONDS_BETWEEN_CHECKS = 0.2

Job = TypeVar("Job")
Result = TypeVar("Result")
Option = TypeVar("Option")


@dataclass(frozen=True)
class Died:
    """The result of a job whose process ended before the job did.

    Attributes:
        status: the exit code, negative for the signal that ended it, None if no process ran the job.
        text: why, in words.
    """

    status: int | None
    text: str


class Pool(Generic[Job, Result]):
    """A context manager: its processes live from the first `run` to the end of the block, and no longer.

    Each keeps to its share of the cores, by the number of those that the first `run` starts.

    Args:
        prepare: called once in each process; returns what runs a job there. It is pickled with cloudpickle.
        workers: how many processes there are at most; a process is started when there is a job for it.
        jobs_per_worker: after so many jobs a fresh process replaces one, and earlier where its memory has grown.
        seconds_per_job: a job that takes longer is ended with its process; None: none is.
        environments: variables that are set in a process, such as the GPU that it sees; each process has those that
            the fewest of the others have.
    """

    def __init__(
        self,
        prepare: Callable[[], Callable[[Job], Result]],
        *,
        workers: int,
        jobs_per_worker: int,
        seconds_per_job: float | None = None,
        environments: Sequence[Mapping[str, str]] = ({},),
    ):
        self._prepare, self._most, self._limit = cloudpickle.dumps(prepare), workers, jobs_per_worker
        self._seconds, self._environments = seconds_per_job, environments
        self._workers: list[Worker] = []
        self._cores: Sequence[Cores | None] = ()
        self._jobs: Sequence[Job] = ()
        self._kinds: Sequence[Hashable] = ()
        self._waiting: deque[int] = deque()
        self._results: dict[int, Result | Died] = {}
        self._on_death: Callable[[int, str], None] = lambda number, text: None
        self._on_result: Callable[[int, Result], None] = lambda number, result: None
        self._open = False

    def __enter__(self) -> Self:
        self._open = True
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._open = False
        try:
            if error is None:
                self._dismiss()
        finally:
            self._end()

    def run(
        self,
        jobs: Sequence[Job],
        on_death: Callable[[int, str], None],
        kinds: Sequence[Hashable] | None = None,
        on_result: Callable[[int, Result], None] = lambda number, result: None,
    ) -> list[Result | Died]:
        """Runs each job once, in one of the pool's processes; they stay for the next call unless this one raises.

        A process that dies while no job has begun in it costs none: another one takes its place. A job is given up,
        as one that died, when STARTS processes in a row have ended before they could begin it.

        Args:
            jobs: what runs a job is called with them, one at a time. A job should return its errors: one that raises
                ends its process, as does one that exits.
            on_death: called with a job's place in `jobs`, and with why it died, as soon as that is known.
            kinds: of each job; a process that has run one of a kind is preferred for the others. None: all are alike.
            on_result: called with a job's place in `jobs`, and with what it returned, as soon as that is known; its
                process has its next job by then.

        Returns:
            what each job returned, or Died, in the order of `jobs`.

        Raises:
            RuntimeError: outside the pool's block.
            whatever `on_death` or `on_result` raises; all processes are ended.
        """
        if not self._open:
            raise RuntimeError("a pool runs jobs inside its block alone: with Pool(...) as pool: pool.run(jobs, ...)")
        self._jobs, self._on_death, self._on_result = jobs, on_death, on_result
        self._kinds = [None] * len(jobs) if kinds is None else kinds
        self._waiting, self._results = deque(range(len(jobs))), {}
        self._cores = self._cores or dealt(min(self._most, len(jobs)))
        try:
            self._employ_idle()
            for _ in range(min(self._most - len(self._workers), len(self._waiting))):
                self._start(failures=0)
            while len(self._results) < len(jobs):
                wait([worker.pipe for worker in self._workers], SECONDS_BETWEEN_CHECKS)
                for worker in list(self._workers):
                    self._check(worker)
        except BaseException:
            self._end()
            raise
        return [self._results[number] for number in range(len(jobs))]

    def _employ_idle(self) -> None:
        for worker in list(self._workers):
            self._check(worker)
        for worker in self._workers:
            if worker.idle:
                self._occupy(worker)

    def _start(self, failures: int) -> None:
        """Starts one more process, if a job waits for it."""
        while self._waiting:
            time.sleep(failures * SECONDS_BETWEEN_STARTS)
            try:
                environment = _least_taken(self._environments, [worker.environment for worker in self._workers])
                cores = _least_taken(self._cores, [worker.cores for worker in self._workers])
                self._add(Worker(failures, environment, cores))
            except OSError as error:
                failures = self._count_failure(failures, Died(None, f"no process could be started: {error}"))
            else:
                return

    def _add(self, worker: Worker) -> None:
        # In the list before it starts, so that it is ended whenever an interrupt comes.
        self._workers.append(worker)
        try:
            worker.start()
        except OSError:
            self._workers.remove(worker)
            worker.pipe.close()
            raise

    def _check(self, worker: Worker) -> None:
        messages, ended = worker.read()
        for message in messages:
            self._heed(worker, *message)
        if ended:
            self._replace(worker)
        elif worker.overstays or self._is_late(worker):
            worker.process.kill()

    def _is_late(self, worker: Worker) -> bool:
        return self._seconds is not None and worker.seconds > self._seconds

    def _heed(self, worker: Worker, word: str, result: bytes = b"", grown: bool = False) -> None:
        if word == "hello":
            worker.equip(self._prepare)
        elif word == "ready":
            self._occupy(worker)
        elif word == "began":
            worker.begun, worker.failures = time.monotonic(), 0
        elif word == "done" and worker.job is not None:
            number, worker.job, worker.begun, worker.done = worker.job, None, None, worker.done + 1
            worker.grown = grown
            self._occupy(worker)
            self._keep(number, result)

    def _occupy(self, worker: Worker) -> None:
        if worker.done >= self._limit or worker.grown:
            worker.ask_to_leave()
        elif self._waiting:
            number = self._choose(worker)
            self._waiting.remove(number)
            worker.kinds.add(self._kinds[number])
            worker.give(number, self._jobs[number])
        else:
            worker.idle = True

    def _choose(self, worker: Worker) -> int:
        """The first job of a kind that this process has run, else of one that no other has, else of any."""
        others = set().union(*(other.kinds for other in self._workers if other is not worker))
        own = (number for number in self._waiting if self._kinds[number] in worker.kinds)
        new = (number for number in self._waiting if self._kinds[number] not in others)
        return next(own, next(new, self._waiting[0]))

    def _keep(self, number: int, result: bytes) -> None:
        try:
            returned = pickle.loads(result)
        except Exception as error:
            self._give_up(number, Died(None, f"what it returned cannot be read: {type(error).__name__}: {error}"))
        else:
            self._results[number] = returned
            self._on_result(number, returned)

    def _replace(self, worker: Worker) -> None:
        status = worker.bury()
        self._workers.remove(worker)
        failures = worker.failures
        if worker.begun is not None and worker.job is not None:
            late = f"it took longer than {self._seconds:g} s" if self._is_late(worker) else ""
            self._give_up(worker.job, Died(status, late or describe_exit(status)))
        elif worker.leaves_by is None and not worker.idle:
            if worker.job is not None:
                self._waiting.appendleft(worker.job)
            failures = self._count_failure(failures, Died(status, describe_exit(status)))
        self._start(failures)

    def _count_failure(self, failures: int, death: Died) -> int:
        """How many starts in a row have failed by now; at STARTS the next job is given up and the count is 0 again."""
        if failures + 1 < STARTS or not self._waiting:
            return failures + 1
        text = f"it could not begin, {STARTS} times in a row: {death.text}"
        self._give_up(self._waiting.popleft(), Died(death.status, text))
        return 0

    def _give_up(self, number: int, death: Died) -> None:
        self._results[number] = death
        self._on_death(number, death.text)

    def _dismiss(self) -> None:
        """Lets the processes that wait end by themselves; one that has not yet begun to wait has nothing to lose."""
        for worker in self._workers:
            if worker.idle:
                worker.ask_to_leave()
        wait_for_end([worker for worker in self._workers if worker.leaves_by is not None], SECONDS_TO_LEAVE)

    def _end(self) -> None:
        workers, self._workers = self._workers, []
        end(workers)


def _least_taken(options: Sequence[Option], taken: Sequence[Option]) -> Option:
    return min(options, key=taken.count)
