"""Jobs of one process that take turns: what several of them ask for is answered at once.

Each job is a thread, of which exactly one runs at a time, so that nothing that a process has once is shared by two.
"""

import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Semaphore, Thread
from typing import Any, Generic, TypeVar

SECONDS_BETWEEN_CHECKS = 0.05

Job = TypeVar("Job")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Question:
    """What a job asks for.

    alike: those that are equal in it are answered together; answer: the answer to each of several `given`, in order.
    """

    alike: Hashable
    given: Any
    answer: Callable[[Sequence[Any]], Sequence[Any]]


@dataclass(frozen=True)
class Own:
    """What a process has once, and each job for itself: `get` takes it when a job rests, `put` gives it back."""

    get: Callable[[], Any]
    put: Callable[[Any], None]


class Seat(Generic[Job, Result]):
    """One job, and whether it may go on.

    Attributes:
        result: what the job returned, or the error that it raised; None while it runs.
        question: what it waits to be answered; None: it waits for something else.
    """

    def __init__(self, run: Callable[[Job], Result], job: Job, own: Own):
        self.result: Result | BaseException | None = None
        self.ended = False
        self.question: Question | None = None
        self.reply: Any = None
        self._own, self._kept = own, own.get()
        self._goes, self._rests = Semaphore(0), Semaphore(0)
        self._thread = Thread(target=self._run, args=(run, job), daemon=True)
        self._thread.start()

    def take_turn(self) -> None:
        """Lets the job run until it asks, waits or ends."""
        self._goes.release()
        self._rests.acquire()

    def ask(self, question: Question) -> Any:
        """For the job: the answer; raises what the answer raised."""
        self.question = question
        self._rest()
        value, error = self.reply
        if error is not None:
            raise error
        return value

    def wait(self) -> None:
        """For the job: lets the others go on."""
        self._rest()

    def _rest(self) -> None:
        self._kept = self._own.get()
        self._rests.release()
        self._goes.acquire()
        self._own.put(self._kept)

    def _run(self, run: Callable[[Job], Result], job: Job) -> None:
        self._goes.acquire()
        self._own.put(self._kept)
        _seat.set(self)
        try:
            self.result = run(job)
        except BaseException as error:
            self.result = error
        self.ended = True
        self._rests.release()


_seat: ContextVar[Seat | None] = ContextVar("seat", default=None)


def seat() -> Seat | None:
    """That of the job which this thread runs; None outside of `in_turns`."""
    return _seat.get()


def in_turns(run: Callable[[Job], Result], jobs: Sequence[Job], own: Own, at_a_time: int) -> list[Result]:
    """Runs all jobs, so many at a time in their order by turns, and gives what each returned.

    What they ask for is answered when no job can go on without an answer.

    Raises:
        what a job raised, once all have ended.
    """
    seats, waiting = [], deque(jobs)
    left: list[Seat] = []
    while left or waiting:
        while waiting and len(left) < at_a_time:
            left.append(Seat(run, waiting.popleft(), own))
            seats.append(left[-1])
        for each in left:
            if each.question is None:
                each.take_turn()
        left = [each for each in left if not each.ended]
        if waiting and len(left) < at_a_time:
            continue
        asking = [each for each in left if each.question]
        _answer(asking)
        if left and not asking:
            time.sleep(SECONDS_BETWEEN_CHECKS)
    for each in seats:
        if isinstance(each.result, BaseException):
            raise each.result
    return [each.result for each in seats]  # pyright: ignore[reportReturnType]


def _answer(asking: Sequence[Seat]) -> None:
    alike: dict[Hashable, list[tuple[Seat, Question]]] = {}
    for each in asking:
        if each.question:
            alike.setdefault(each.question.alike, []).append((each, each.question))
    for group in alike.values():
        try:
            values = group[0][1].answer([question.given for _, question in group])
            replies = [(value, None) for value in values]
        except Exception as error:
            replies = [(None, error)] * len(group)
        for (each, _), reply in zip(group, replies, strict=True):
            each.question, each.reply = None, reply
