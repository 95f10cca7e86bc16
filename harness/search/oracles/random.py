"""Random search."""

from dataclasses import dataclass

from harness.checks import at_least
from harness.search.oracles.oracle import Search


@dataclass(frozen=True, kw_only=True)
class Random(Search):
    """Values drawn alike from the whole space, no combination twice."""

    max_trials: int

    def __post_init__(self):
        super().__post_init__()
        at_least("search.max_trials", self.max_trials, 1)

    def _oracle(self, space, epochs, seed):
        from keras_tuner.oracles import RandomSearchOracle

        return RandomSearchOracle(**self._told(space, seed))
