"""Does a piece of work on the store, again and again while what stands in its way may pass."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, Protocol, TypeVar

from tenacity import Retrying, retry_if_exception, stop_before_delay, wait_random_exponential

from harness.errors import HarnessError, TrackingError

FIRST_PAUSE, LONGEST_PAUSE = 0.05, 2.0

Given = ParamSpec("Given")
Result = TypeVar("Result")


class Failures(Protocol):
    """What the errors of one kind of store mean; `disk.py` and `answers.py` are two."""

    def may_pass(self, error: BaseException) -> bool:
        """Whether the same work may succeed later."""
        ...

    def reason(self, error: BaseException) -> str | None:
        """What failed, in a line; None where it is no failure of the store."""
        ...

    def instead(self, error: BaseException) -> str:
        """What to do about it."""
        ...


@dataclass(frozen=True)
class Retry:
    """Calls that are tried again, with pauses that grow and vary, for `seconds` in all."""

    seconds: float
    failures: Failures

    def __call__(
        self, doing: str, work: Callable[Given, Result], *arguments: Given.args, **keywords: Given.kwargs
    ) -> Result:
        """`work(*arguments, **keywords)`; work that failed half-way must bear being done again.

        Args:
            doing: completes "cannot ...", with the place.

        Raises:
            TrackingError: the failure outlasted `seconds`, or waiting cannot help. What is no failure of the store is
                raised as it is.
        """
        tries = Retrying(
            retry=retry_if_exception(self.failures.may_pass),
            wait=wait_random_exponential(multiplier=FIRST_PAUSE, max=LONGEST_PAUSE),
            stop=stop_before_delay(self.seconds),
            reraise=True,
        )
        try:
            return tries(work, *arguments, **keywords)
        except HarnessError:
            raise
        except Exception as error:
            reason = self.failures.reason(error)
            if reason is None:
                raise
            times, seconds = tries.statistics["attempt_number"], tries.statistics["delay_since_first_attempt"]
            tried = f"gave up after {times} {'try' if times == 1 else 'tries'} in {seconds:.1f} s"
            raise TrackingError(
                f"cannot {doing}: {tried}, found: {reason}. {self.failures.instead(error)}, and start again"
            ) from error
