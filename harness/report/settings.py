"""What a report is asked to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Interval, Len

from harness.errors import InputError
from harness.kinds import Folder, Inside, Text


@dataclass(frozen=True, kw_only=True)
class Settings:
    """For the meaning of each see `report` in conf/config.yaml.

    Raises:
        InputError: sweeps and a filter at once.
    """

    after_sweep: bool
    sweeps: Sequence[Text]
    filter: Annotated[str, Len(0, 4000)] | None
    folder: Folder | None
    reference: Text | None
    metric: Text
    confidence: Inside
    set_confidence: Inside
    resamples: Annotated[int, Interval(ge=100, le=1_000_000)]
    margin: Inside | None
    effects: Annotated[Sequence[Inside], Len(0, 20)]
    power: Inside

    def __post_init__(self) -> None:
        if self.sweeps and self.filter:
            raise InputError("report.filter", "sweeps are given as well", "Write one of the two")

    @property
    def level(self) -> float:
        """What a corrected p-value must be below for a difference to be claimed."""
        return 1 - self.confidence
