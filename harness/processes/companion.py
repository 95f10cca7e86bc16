"""One job in a process of its own, beside what this process does meanwhile."""

import pickle
from collections.abc import Callable
from multiprocessing.connection import wait
from types import TracebackType
from typing import Generic, Self, TypeVar

import cloudpickle

from harness.processes.exit_status import describe_exit
from harness.processes.pool import SECONDS_BETWEEN_CHECKS, Died
from harness.processes.worker import Worker, end

Job = TypeVar("Job")
Result = TypeVar("Result")


class Companion(Generic[Job, Result]):
    """A context manager: its process begins and ends with the block, and prepares itself before it has its job.

    What a pool says holds for this process, too: it shares nothing, and ends with its parent.

    Args:
        prepare: called once in the process; returns what runs the job there. It is pickled with cloudpickle.
    """

    def __init__(self, prepare: Callable[[], Callable[[Job], Result]]):
        self._prepare, self._worker = cloudpickle.dumps(prepare), Worker(0, {}, None)
        self._failure: Died | None = None

    def __enter__(self) -> Self:
        try:
            self._worker.start()
        except OSError as error:
            self._failure = Died(None, f"no process could be started: {error}")
        # What is sent waits in the pipe until the process asks for it.
        self._worker.equip(self._prepare)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        end([self._worker])

    def give(self, job: Job) -> None:
        """Gives it its job, once; it should return its errors."""
        self._worker.give(0, job)

    def result(self) -> Result | Died:
        """Waits for what its job returns, once; Died where its process ends before that."""
        while self._failure is None:
            wait([self._worker.pipe], SECONDS_BETWEEN_CHECKS)
            messages, ended = self._worker.read()
            for word, *returned in messages:
                if word == "done":
                    return pickle.loads(returned[0])
            if ended:
                status = self._worker.bury()
                self._failure = Died(status, describe_exit(status))
        return self._failure
