"""The errors that a user reads: what was asked, what was found, what to write instead."""

import errno
import re
from collections.abc import Iterator

# What a full disk fails with, and any disk, whatever is written to it.
FULL = {errno.ENOSPC, errno.EDQUOT}
OF_THE_DISK = {errno.EIO, *FULL}
# The exit status of a command that Ctrl-C ended.
STATUS_INTERRUPTED = 130


class HarnessError(Exception):
    """A message for the user; shown without a traceback unless HYDRA_FULL_ERROR=1."""


class InputError(HarnessError, ValueError):
    """The config or the data cannot give a trial. Raised before anything is trained or written.

    A ValueError too, for those who use the losses without the harness.

    Args:
        key: the config key to change, such as `data.path`.
        found: what stands there, or what it led to.
        instead: what to write instead, as a whole instruction.
    """

    def __init__(self, key: str, found: str, instead: str):
        super().__init__(key, found, instead)
        self.key, self.found, self.instead = key, found, instead

    def __str__(self) -> str:
        return f"{self.key}: {self.found}. {self.instead}"


class DivergedError(HarnessError):
    """A loss or a validation metric turned NaN or infinite in training.

    Args:
        epoch: the epoch, counted from 1.
        metric: the name of the figure that is no longer finite.
        value: that figure.
    """

    def __init__(self, epoch: int, metric: str, value: float):
        super().__init__(epoch, metric, value)
        self.epoch, self.metric, self.value = epoch, metric, value

    def __str__(self) -> str:
        return (
            f"training diverged: {self.metric} became {self.value} in epoch {self.epoch}. "
            "Lower train.optimizer.learning_rate, or check the weights and the data for extreme values"
        )


class TrackingError(HarnessError):
    """The store is out of reach: nothing can be kept there, or read from it, for now."""


class WorkerDiedError(HarnessError):
    """The process of a trial ended before the trial did; says how."""


def disk_error(error: BaseException | None) -> OSError | None:
    """The failure of a disk, or a full one, that is behind an error; None: it is about something else."""
    return next((one for one in causes(error) if isinstance(one, OSError) and one.errno in OF_THE_DISK), None)


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, then what it was raised from, and so on."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def without_passwords(text: str) -> str:
    """The text with *** for the password of each address in it, such as that of postgresql://user:password@host."""
    # Up to five digits before a slash are a port.
    return re.sub(r"(://[^\s:/@]*:)(?!\d{1,5}/)\S+(?=@)", r"\1***", text)


def in_one_line(error: BaseException) -> str:
    """What went wrong, in one line; of an error that is no message of ours, with its type."""
    # Keras marks its messages for a terminal.
    text = without_passwords(" ".join(re.sub(r"\x1b\[[0-9;]*m", "", str(error)).split()))
    return text if isinstance(error, HarnessError) else f"{type(error).__name__}: {text}"[:500]
