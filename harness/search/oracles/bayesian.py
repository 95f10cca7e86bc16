"""Bayesian optimisation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.kinds import Positive
from harness.search.oracles.oracle import Search, Trials
from harness.search.space import Space

if TYPE_CHECKING:
    from keras_tuner import Oracle


@dataclass(frozen=True, kw_only=True)
class Bayesian(Search):
    """keras-tuner's Gaussian process; what it has tried before is not tried again, a random value takes its place."""

    max_trials: Trials
    initial_points: Trials
    alpha: Positive
    beta: Positive

    def _oracle(self, space: Space, epochs: int, **arguments: Any) -> Oracle:
        from keras_tuner.oracles import BayesianOptimizationOracle

        class WithoutRepetition(BayesianOptimizationOracle):
            def populate_space(self, trial_id):
                proposed = super().populate_space(trial_id)
                values = proposed["values"]
                if values and self._compute_values_hash(values) in self._tried_so_far:
                    return self._random_populate_space()
                return proposed

        return WithoutRepetition(num_initial_points=self.initial_points, alpha=self.alpha, beta=self.beta, **arguments)
