"""The space of a search: keys of the config and the values they may take, for keras-tuner and back."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from harness.kinds import Config
from harness.search.dimension import Dimension
from harness.search.parse import parse_space

if TYPE_CHECKING:
    from keras_tuner import HyperParameters


class Space:
    """A checked space. Arguments and errors: `parse_space`."""

    def __init__(self, asked: Config, config: Config):
        self.dimensions: Sequence[Dimension] = parse_space(asked, config)
        self._config = config

    def hyperparameters(self) -> HyperParameters:
        """The space as keras-tuner's HyperParameters."""
        from keras_tuner import HyperParameters
        from keras_tuner.engine.hyperparameters import Choice, Float, Int

        # Its public scopes take neither two conditions at once nor one on what has one itself.
        from keras_tuner.src.engine.conditions import Parent

        space = HyperParameters()
        for one in self.dimensions:
            conditions = [Parent(key, values) for key, values in self._conditions(one)]
            if one.type == "choice":
                values = [one.encoded(value) for value in one.values]
                parameter = Choice(one.key, values, ordered=one.is_ordered, conditions=conditions)
            else:
                kind, sampling = Int if one.type == "int" else Float, "log" if one.log else "linear"
                parameter = kind(one.key, one.low, one.high, one.step, sampling, conditions=conditions)
            space.merge([parameter])
        return space

    def values(self, hyperparameters: HyperParameters) -> dict[str, object]:
        """What counts of a proposal, in the config's own values."""
        proposed: Mapping[str, object] = hyperparameters.values
        return {
            one.key: one.decoded(proposed[one.key])
            for one in self.dimensions
            if one.key in proposed and all(proposed.get(key) in values for key, values in self._conditions(one))
        }

    def applied(self, values: Mapping[str, object]) -> dict[str, object]:
        """The trial's config with these values in it."""
        config = copy.deepcopy(dict(self._config))
        for key, value in values.items():
            *above, last = key.split(".")
            node = config
            for name in above:
                node = node[name]
            node[last] = value
        return config

    def tried(self) -> Iterator[tuple[str, object]]:
        """Each key with each value that it should be tried with before anything is trained."""
        for one in self.dimensions:
            yield from ((one.key, value) for value in one.ends())

    def combinations(self, continuous: float = math.inf) -> float:
        """How many there are at most, whatever the conditions; continuous: see `Dimension.count`."""
        return math.prod(one.count(continuous) for one in self.dimensions)

    def edges(self, values: Mapping[str, object]) -> dict[str, str]:
        """The keys whose values sit at an end of their range, to that end."""
        edges = {one.key: one.edge(values[one.key]) for one in self.dimensions if one.key in values}
        return {key: end for key, end in edges.items() if end}

    def _conditions(self, dimension: Dimension) -> Iterator[tuple[str, list[object]]]:
        """All that a dimension depends on, and what that depends on in turn, in keras-tuner's values."""
        for key, values in dimension.when.items():
            parent = self._dimension(key)
            yield from self._conditions(parent)
            yield key, [parent.encoded(value) for value in values]

    def _dimension(self, key: str) -> Dimension:
        return next(one for one in self.dimensions if one.key == key)
