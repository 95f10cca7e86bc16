"""Every combination."""

from dataclasses import dataclass

from harness.search.oracles.oracle import Search


@dataclass(frozen=True, kw_only=True)
class Grid(Search):
    """Every combination in order; keras-tuner takes eleven values of a range without a step."""

    def _planned(self, space, epochs):
        return space.combinations(continuous=11)

    def _oracle(self, space, epochs, seed):
        from keras_tuner.oracles import GridSearchOracle

        return GridSearchOracle(**self._told(space, seed))
