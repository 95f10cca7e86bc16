"""The kinds of values that a config may give: what a parameter is annotated with is checked before it is used.

A part declares its arguments in its own signature: `units: Count`, `dropout: Annotated[float, Interval(ge=0, lt=1)]`,
`cell: Literal["gru", "lstm"]`, `path: str | None`. The bounds are those of the package annotated-types. They are wide
enough for every use and narrow enough that no value hangs a process or asks for more memory than any machine has.
`harness/config/schema.py` checks them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from annotated_types import Ge, Gt, Interval, Len


@dataclass(frozen=True)
class Built:
    """Marks what a node with a `_target_` builds, such as `Annotated[WeightedLoss, Built()]`.

    example: what a message says to write.
    """

    example: str = "a node with a _target_"


@dataclass(frozen=True)
class FolderPlace:
    """Marks the path of a folder that is written to, and that need not be there yet."""


@dataclass(frozen=True, eq=False)
class Renamed:
    """Marks a choice whose values had other names: earlier names, to their names of today."""

    names: Mapping[str, str]


# Rows, samples, epochs, draws: how many of something there are.
Count: TypeAlias = Annotated[int, Interval(ge=1, le=10_000_000)]
# What NumPy and Keras take as a seed.
Seed: TypeAlias = Annotated[int, Interval(ge=0, le=2**32 - 1)]
Positive: TypeAlias = Annotated[float, Gt(0)]
NotNegative: TypeAlias = Annotated[float, Ge(0)]
# A share that is neither nothing nor all.
Inside: TypeAlias = Annotated[float, Interval(gt=0, lt=1)]
Text: TypeAlias = Annotated[str, Len(1, 250)]
# The unit of a target; it may be empty.
Unit: TypeAlias = Annotated[str, Len(0, 250)]
Path: TypeAlias = Annotated[str, Len(1, 4000)]
Folder: TypeAlias = Annotated[str, Len(1, 4000), FolderPlace()]
Node: TypeAlias = Annotated[Any, Built()]
# A config, or a section or node of one, as plain nested values; their kinds are checked where it is resolved.
Config: TypeAlias = Mapping[str, Any]
# An annotation: a class, a union, a Literal, Annotated. These have no type in common.
Kind: TypeAlias = Any
