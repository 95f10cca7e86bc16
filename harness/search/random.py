"""Random search."""

from dataclasses import dataclass

from harness.search.search import Search


@dataclass(frozen=True, kw_only=True)
class Random(Search):
    """Values drawn alike from the whole space, no combination twice."""

    max_trials: int

    def _oracle(self, space, epochs, seed):
        from keras_tuner.oracles import RandomSearchOracle

        return RandomSearchOracle(**self._told(space, seed))
