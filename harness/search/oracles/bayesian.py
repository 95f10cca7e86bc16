"""Bayesian optimisation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from annotated_types import Interval

from harness.kinds import Positive
from harness.search.oracles.oracle import MOST_AT_ONCE, Search, Trials
from harness.search.space import Space

if TYPE_CHECKING:
    from keras_tuner import Oracle


@dataclass(frozen=True, kw_only=True)
class Bayesian(Search):
    """keras-tuner's Gaussian process; what it has tried before is not tried again, a random value takes its place.

    Of a proposal whose score is not known yet it takes what it expects there, one standard deviation to the worse.
    """

    max_trials: Trials
    initial_points: Trials
    batch: Annotated[int, Interval(ge=1, le=MOST_AT_ONCE)]
    alpha: Positive
    beta: Positive

    def _oracle(self, space: Space, epochs: int, **arguments: Any) -> Oracle:
        from keras_tuner.oracles import BayesianOptimizationOracle

        batch, initial = self.batch, self.initial_points

        class WithoutRepetition(BayesianOptimizationOracle):
            def populate_space(self, trial_id: str):
                # The initial points need no scores, and the Gaussian process needs those of all of them.
                begun, pending = len(self.trials), len(self.ongoing_trials)
                if begun >= initial and pending >= (batch if begun > initial else 1):
                    return {"status": "IDLE"}
                proposed = super().populate_space(trial_id)
                values = proposed["values"]
                if values and self._compute_values_hash(values) in self._tried_so_far:
                    return self._random_populate_space()
                return proposed

        return WithoutRepetition(num_initial_points=initial, alpha=self.alpha, beta=self.beta, **arguments)
