"""How samples are made from what a data source gives: the keys of `data` that are alike for all sources."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Annotated, Literal, TypeAlias

from annotated_types import Interval, Len

from harness.errors import InputError
from harness.kinds import Config, Count, Text

# Numbers, of which `harness.data.splits` says more.
Lengths: TypeAlias = Annotated[Sequence[float], Len(3, 3)]
TrainSpan: TypeAlias = Literal["grow", "slide"]
Normalise: TypeAlias = Literal["last_value", "standard", "none"]


@dataclass(frozen=True)
class SeriesFraming:
    """How series become windows.

    lookback, outputs, stride: in rows; split: the lengths of train, validation and test, fractions or whole numbers of
    rows; train_span: grow | slide, see `harness.data.splits`; missing: refuse | last | season | drop, see
    `harness.data.gaps`; normalise: last_value | standard | none.
    """

    lookback: Count
    outputs: Count
    stride: Count
    split: Lengths
    train_span: TrainSpan
    missing: Text
    normalise: Normalise


@dataclass(frozen=True)
class WindowsFraming:
    """How windows that were cut elsewhere are placed in splits.

    lookback, outputs: what the windows must have, or None to take them as they are; split: the lengths of train,
    validation and test, fractions or whole numbers of samples; train_span: grow | slide, see `harness.data.splits`;
    gap: samples left out at the start of the validation and of the test split; shared_targets: refuse | allow, what
    becomes of samples that share target values with another split; normalise: last_value | standard | none.
    """

    lookback: Count | None
    outputs: Count | None
    split: Lengths
    train_span: TrainSpan
    gap: Annotated[int, Interval(ge=0, le=10_000_000)]
    shared_targets: Literal["refuse", "allow"]
    normalise: Normalise


# Every key of `data` that is no argument of a source.
KEYS = tuple(dict.fromkeys(field.name for kind in (SeriesFraming, WindowsFraming) for field in fields(kind)))


def series_framing(keys: Config) -> SeriesFraming:
    """The framing of series from the keys that the config gives.

    Raises:
        InputError: one of its keys is not given, or one is given that says nothing of a series.
    """
    _same_keys(keys, SeriesFraming, "one or more series")
    return SeriesFraming(**keys)


def windows_framing(keys: Config) -> WindowsFraming:
    """The framing of windows from the keys that the config gives. Errors: `series_framing`."""
    _same_keys(keys, WindowsFraming, "windows that are cut already")
    return WindowsFraming(**keys)


def _same_keys(keys: Config, kind: type, given: str) -> None:
    wanted = [field.name for field in fields(kind)]
    for key in wanted:
        if key not in keys:
            raise InputError(f"data.{key}", "no value given", f"The source gives {given}: add {key} to its YAML file")
    for key in keys:
        if key not in wanted:
            raise InputError(f"data.{key}", f"got {keys[key]!r}, and the source gives {given}", "Leave that key out")
