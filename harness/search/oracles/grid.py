"""Every combination."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.search.oracles.oracle import Search
from harness.search.space import Space

if TYPE_CHECKING:
    from keras_tuner import Oracle


@dataclass(frozen=True, kw_only=True)
class Grid(Search):
    """Every combination in order; keras-tuner takes eleven values of a range without a step."""

    def _planned(self, space: Space, epochs: int) -> float:
        return space.combinations(continuous=11)

    def _oracle(self, space: Space, epochs: int, **arguments: Any) -> Oracle:
        from keras_tuner.oracles import GridSearchOracle

        class WithoutWaiting(GridSearchOracle):
            def populate_space(self, trial_id: str):
                proposed = super().populate_space(trial_id)
                # keras-tuner waits for the end of a trial, which could add to the space.
                if proposed["values"] is not None:
                    self._populate_next.append(trial_id)
                return proposed

        return WithoutWaiting(**arguments)
