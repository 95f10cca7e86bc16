"""Random search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.checks import at_least
from harness.search.oracles.oracle import Search
from harness.search.space import Space

if TYPE_CHECKING:
    from keras_tuner import Oracle


@dataclass(frozen=True, kw_only=True)
class Random(Search):
    """Values drawn alike from the whole space, no combination twice."""

    max_trials: int

    def __post_init__(self):
        super().__post_init__()
        at_least("search.max_trials", self.max_trials, 1)

    def _oracle(self, space: Space, epochs: int, **arguments: Any) -> Oracle:
        from keras_tuner.oracles import RandomSearchOracle

        return RandomSearchOracle(**arguments)
