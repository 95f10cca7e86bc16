"""One key of a search space, and the values that it may take."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

# A float this near to an end of its range, as a share of the range, sits at its edge.
NEAR = 0.05


@dataclass(frozen=True)
class Dimension:
    """One key and its values.

    Attributes:
        key: of the config, with dots.
        type: int | float | choice.
        low, high: the ends of a range; 0 of a choice.
        step: between the values of a range, or the factor between them with `log`; None: all values count.
        log: whether values are drawn alike from each order of magnitude.
        values: those of a choice.
        when: other keys, to the values under which this one counts.
    """

    key: str
    type: Literal["int", "float", "choice"]
    low: float
    high: float
    step: float | None
    log: bool
    values: Sequence[Any]
    when: Mapping[str, Sequence[Any]]

    @property
    def is_ordered(self) -> bool:
        """Whether "lower" and "higher" mean something."""
        return self.type != "choice" or all(is_number(value) for value in self.values)

    def ends(self) -> list[Any]:
        """The values that a space is tried with before it is searched."""
        return list(self.values) if self.type == "choice" else [self.low, self.high]

    def edge(self, value: Any) -> str:
        """Which end of its range a value sits at: lower, upper, or an empty text."""
        if not self.is_ordered:
            return ""
        low, high = min(self.ends()), self._highest()
        if low == high:
            return ""
        if self.type != "float":
            return {low: "lower", high: "upper"}.get(value, "")
        scale = math.log if self.log else float
        place = (scale(value) - scale(low)) / (scale(high) - scale(low))
        return "lower" if place <= NEAR else "upper" if place >= 1 - NEAR else ""

    def count(self, continuous: float) -> float:
        """How many values it has; continuous: how many a range without a step counts as, if it has no fewer."""
        if self.type == "choice":
            return len(self.values)
        if self.low == self.high:
            return 1
        if self.step is None:
            return min(continuous, math.inf if self.type == "float" else self.high - self.low + 1)
        if self.log:
            return int(math.log(self.high / self.low, self.step) + 1e-9) + 1
        return int((self.high - self.low) / self.step + 1e-9) + 1

    def encoded(self, value: Any) -> Any:
        """A value as keras-tuner takes it: values of one type alone, and none of them null."""
        if self.type == "choice" and not self.is_ordered:
            return json.dumps(value)
        return float(value) if any(isinstance(other, float) for other in self.values) else value

    def decoded(self, value: Any) -> Any:
        """keras-tuner's value as the config has it."""
        if self.type == "choice":
            return next(own for own in self.values if self.encoded(own) == value)
        return int(value) if self.type == "int" else float(value)

    def _highest(self) -> float:
        """The largest value that is reached: steps need not end at `high`."""
        if self.type == "choice" or self.step is None:
            return max(self.ends())
        steps = self.count(math.inf) - 1
        return self.low * self.step**steps if self.log else self.low + steps * self.step


def is_number(value: object) -> bool:
    """Whether it is a finite number, and no truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
