"""What a report is asked to do."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.checks import at_least
from harness.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Settings:
    """For the meaning of each see `report` in conf/config.yaml.

    Raises:
        InputError: for a value that nothing can be reported with.
    """

    after_sweep: bool
    sweeps: Sequence[str]
    filter: str | None
    folder: str | None
    reference: str | None
    metric: str
    confidence: float
    set_confidence: float
    resamples: int
    effects: Sequence[float]
    power: float

    def __post_init__(self) -> None:
        at_least("report.resamples", self.resamples, 100)
        for key in ("confidence", "set_confidence", "power"):
            _between(f"report.{key}", getattr(self, key))
        for effect in self.effects:
            _between("report.effects", effect)
        if self.sweeps and self.filter:
            raise InputError("report.filter", "sweeps are given as well", "Write one of the two")

    @property
    def level(self) -> float:
        """What a corrected p-value must be below for a difference to be claimed."""
        return 1 - self.confidence


def _between(key: str, value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1:
        raise InputError(key, f"got {value!r}", "Write a number above 0 and below 1")
