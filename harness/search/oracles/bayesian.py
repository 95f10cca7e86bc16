"""Bayesian optimisation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.checks import at_least
from harness.errors import InputError
from harness.search.oracles.oracle import Search
from harness.search.space import Space

if TYPE_CHECKING:
    from keras_tuner import Oracle


@dataclass(frozen=True, kw_only=True)
class Bayesian(Search):
    """keras-tuner's Gaussian process; what it has tried before is not tried again, a random value takes its place."""

    max_trials: int
    initial_points: int
    alpha: float
    beta: float

    def __post_init__(self):
        super().__post_init__()
        for key in ("max_trials", "initial_points"):
            at_least(f"search.{key}", getattr(self, key), 1)
        for key in ("alpha", "beta"):
            value = getattr(self, key)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
                raise InputError(f"search.{key}", f"got {value!r}", "Write a number above 0")

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
