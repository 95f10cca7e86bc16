"""Hyperband (Li et al., Hyperband: A Novel Bandit-Based Approach to Hyperparameter Optimization, JMLR 2018)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from annotated_types import Interval

from harness.search.oracles.oracle import Search
from harness.search.space import Space

if TYPE_CHECKING:
    from keras_tuner.oracles import HyperbandOracle


@dataclass(frozen=True, kw_only=True)
class Hyperband(Search):
    """Successive halving in several brackets: each starts more or fewer configurations for fewer or more epochs."""

    factor: Annotated[int, Interval(ge=2, le=1000)]
    iterations: Annotated[int, Interval(ge=1, le=1000)]

    def _planned(self, space: Space, epochs: int) -> float:
        oracle = self._oracle(space, epochs, **self._arguments(space, 0, "min"))
        brackets = range(oracle._get_num_brackets())
        sizes = (oracle._get_size(b, r) for b in brackets for r in range(oracle._get_num_rounds(b)))
        return self.iterations * sum(sizes)

    def _oracle(self, space: Space, epochs: int, **arguments: Any) -> HyperbandOracle:
        from keras_tuner.oracles import HyperbandOracle

        combinations = space.combinations()

        class Bounded(HyperbandOracle):
            # A bracket never waits for more configurations than there are; each may begin anew in the next bracket.
            def _get_size(self, bracket_num: int, round_num: int):
                first = min(super()._get_size(bracket_num, 0), combinations)
                return int(min(super()._get_size(bracket_num, round_num), math.ceil(first / self.factor**round_num)))

            def _start_new_bracket(self):
                super()._start_new_bracket()
                self._tried_so_far.clear()

            def _record_values(self, trial):
                # A trial that ends in a later bracket than its own has been tried in its own alone.
                if trial.status == "RUNNING":
                    super()._record_values(trial)

            def populate_space(self, trial_id: str):
                # keras-tuner would choose the best of a round before all of it is known, or begin the next bracket.
                return {"status": "IDLE"} if self._awaits_a_round() else super().populate_space(trial_id)

            def _awaits_a_round(self):
                for bracket in self._brackets:
                    begun = [infos for infos in bracket["rounds"] if infos]
                    place = len(begun) - 1
                    is_whole = begun and len(begun[-1]) == self._get_size(bracket["bracket_num"], place)
                    if is_whole and place + 1 < len(bracket["rounds"]):
                        return any(self.trials[info["id"]].status == "RUNNING" for info in begun[-1])
                return False

            def open_trials(self):
                rounds = [info for bracket in self._brackets for infos in bracket["rounds"] for info in infos]
                finals = {info["id"] for bracket in self._brackets for info in bracket["rounds"][-1]}
                return {info["id"] for info in rounds} - {info["past_id"] for info in rounds} - finals

        return Bounded(max_epochs=epochs, factor=self.factor, hyperband_iterations=self.iterations, **arguments)
