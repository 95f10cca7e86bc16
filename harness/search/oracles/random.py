"""Random search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.search.oracles.oracle import Search, Trials
from harness.search.space import Space

if TYPE_CHECKING:
    from keras_tuner import Oracle


@dataclass(frozen=True, kw_only=True)
class Random(Search):
    """Values drawn alike from the whole space, no combination twice."""

    max_trials: Trials

    def _oracle(self, space: Space, epochs: int, **arguments: Any) -> Oracle:
        from keras_tuner.oracles import RandomSearchOracle

        return RandomSearchOracle(**arguments)
