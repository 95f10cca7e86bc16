"""Signs of life: each trial of a sweep leaves one an epoch, and the parent notices where they stop."""

import os
import time
from collections.abc import Container, Mapping
from pathlib import Path

# Below a sweep's folder.
SIGNS = "signs"
# A trial is silent after so many times its longest epoch, and not before so many seconds.
TIMES_AN_EPOCH = 20
SECONDS = 60.0


def leave_sign(folder: Path, number: int) -> None:
    """Says that trial `number` of the sweep in `folder` has ended one more epoch, or tuner trial."""
    signs = folder / SIGNS
    signs.mkdir(parents=True, exist_ok=True)
    file = signs / str(number)
    file.touch()
    # A file system may be coarser than an epoch: the time is the one of this clock.
    now = time.time_ns()
    os.utime(file, ns=(now, now))


class Signs:
    """Reads the signs of a sweep; each trial that falls silent is reported once, and once more after a new sign.

    Args:
        folder: the sweep's.
        names: each trial in words, by its number.
    """

    def __init__(self, folder: Path, names: Mapping[int, str]):
        self._folder, self._names = folder / SIGNS, names
        self._last: dict[int, float] = {}
        self._longest: dict[int, float] = {}
        self._reported: set[int] = set()

    def silent(self, done: Container[int]) -> list[str]:
        """A message for each trial that has fallen silent since the last call.

        done: the numbers of the trials that have ended.
        """
        now = time.time()
        return [
            f"{self._names[number]}: no sign of life for {now - sign:.0f} s; its longest epoch so far took "
            f"{self._longest[number]:.1f} s. sweep.trial_minutes=<minutes> ends a trial that hangs"
            for number, sign in self._read()
            if number in self._names and number not in done and self._falls_silent(number, now - sign)
        ]

    def _read(self) -> list[tuple[int, float]]:
        """(number, time of its last sign) of each trial."""
        signs = [(int(file.name), file.stat().st_mtime) for file in self._folder.glob("*")]
        for number, sign in signs:
            last = self._last.get(number)
            if last is not None and sign != last:
                self._longest[number] = max(self._longest.get(number, 0.0), sign - last)
                self._reported.discard(number)
            self._last[number] = sign
        return signs

    def _falls_silent(self, number: int, seconds: float) -> bool:
        # Of a trial that has not yet ended two epochs nothing is known.
        if number in self._reported or number not in self._longest:
            return False
        if seconds <= max(SECONDS, TIMES_AN_EPOCH * self._longest[number]):
            return False
        self._reported.add(number)
        return True
