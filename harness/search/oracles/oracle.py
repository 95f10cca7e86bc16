"""What every search does: propose values, be told how they did, whatever tuner proposes."""

import math
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.checks import at_least, one_of
from harness.errors import InputError
from harness.search.space import Space

OBJECTIVES = ("val_rmse", "val_mae", "val_weighted_rmse")
MOST_REPEATS = 20
# A prime above all that one search draws.
SEEDS_APART = 1_000_003
# How many times in a row random values may be old ones before a space counts as searched through.
COLLISIONS = 1000


@dataclass(frozen=True)
class Proposal:
    """What to train next.

    number: from 0; values: by config key; epochs: to train it to, counted from its first, or None for train.epochs;
    goes_on_from: the number of the one whose training it goes on from, or None; seconds: the oracle's own time for it.
    """

    number: int
    values: Mapping[str, Any]
    epochs: int | None
    goes_on_from: int | None
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Search:
    """How to search; for the meaning of each see conf/search/.

    Raises:
        InputError: for a value that nothing can be searched with.
    """

    space: Mapping[str, Any] | None
    usual_space: Mapping[str, Any]
    objective: str
    repeats: int
    keep: int
    max_trials: int | None

    def __post_init__(self):
        one_of("search.objective", self.objective, OBJECTIVES)
        at_least("search.repeats", self.repeats, 1)
        if self.repeats > MOST_REPEATS:
            raise InputError(
                "search.repeats", f"got {self.repeats}", f"Write {MOST_REPEATS} or less, and sweep over seed"
            )
        at_least("search.keep", self.keep, 0)
        if self.max_trials is not None:
            at_least("search.max_trials", self.max_trials, 1)

    def space_of(self, config: Mapping[str, Any], labels: Mapping[str, str]) -> Space:
        """The space, checked against the trial's config; labels: what the trial was set to by its overrides.

        Raises:
            InputError: as `Space`, or a key that is searched and set as well.
        """
        space = Space(self.usual_space if self.space is None else self.space, config)
        for each in space.dimensions:
            if each.key in labels:
                found = f"it is searched, and set to {labels[each.key]} as well"
                raise InputError(each.key, found, "Take it out of search.space, or do not set it")
        return space

    def planned(self, space: Space, epochs: int) -> int:
        """How many proposals there are at most; epochs: train.epochs."""
        return int(min(self._planned(space, epochs), math.inf if self.max_trials is None else self.max_trials))

    def proposals(self, space: Space, epochs: int, seed: int, folder: Path) -> "Proposals":
        """The proposals, from the first one on: a function of all these and of the scores they are told.

        folder: for the tuner's own files.
        """
        return Proposals(self, space, self._oracle(space, epochs, seed), folder)

    def _planned(self, space, epochs):
        return min(space.combinations(), math.inf if self.max_trials is None else self.max_trials)

    def _oracle(self, space: Space, epochs: int, seed: int) -> Any:
        raise NotImplementedError

    def _told(self, space: Space, seed: int) -> dict[str, Any]:
        """What every oracle of keras-tuner is told."""
        from keras_tuner import Objective

        return {
            "objective": Objective(self.objective, "min"),
            "hyperparameters": space.hyperparameters(),
            "allow_new_entries": False,
            # keras-tuner takes 0 for "any seed", and adds 1 for each value it draws: neighbours would draw alike.
            "seed": 1 + seed * SEEDS_APART % 2**31,
        }


class Proposals:
    """Asks an oracle of keras-tuner, without its tuners, which would train in this process and save what they please.

    Proposals hang on the scores told alone, so that a search is gone on with by telling it again what is known.
    """

    def __init__(self, search: Search, space: Space, oracle: Any, folder: Path):
        from keras_tuner.engine.base_tuner import BaseTuner

        self._space, self._oracle, self._objective = space, oracle, search.objective
        oracle.verbose = 0
        oracle.max_trials = search.max_trials
        oracle._max_collisions = COLLISIONS
        # Its only public way to say where its files go.
        BaseTuner(oracle, directory=str(folder), project_name="oracle", overwrite=True)
        self._scores: dict[str, float | None] = {}
        self._seconds = 0.0

    def next(self) -> Proposal | None:
        """The next one, or None where the search is over. Each must be told before the next."""
        from threadpoolctl import threadpool_limits

        began = time.perf_counter()
        # On matrices as small as those of a Gaussian process of so few points, threads wait for each other.
        with threadpool_limits(1), warnings.catch_warnings():
            # Of scikit-learn, that such a process is one of many.
            warnings.simplefilter("ignore", UserWarning)
            self._trial = self._oracle.create_trial("harness")
        self._seconds += time.perf_counter() - began
        if self._trial.status != "RUNNING":
            return None
        given = self._trial.hyperparameters.values
        seconds, self._seconds = self._seconds, 0.0
        before = given.get("tuner/trial_id")
        return Proposal(
            int(self._trial.trial_id),
            self._space.values(self._trial.hyperparameters),
            given.get("tuner/epochs"),
            None if before is None else int(before),
            seconds,
        )

    def tell(self, score: float | None) -> None:
        """The objective of the last proposal; None or not finite: it failed, and counts as worse than any other.

        Left out, a region that fails would look like one that nobody knows, and attract.
        """
        began = time.perf_counter()
        self._scores[self._trial.trial_id] = score if score is not None and math.isfinite(score) else None
        known = [each for each in self._scores.values() if each is not None]
        worst = math.nextafter(max(known), math.inf) if known else 0.0
        told = self._scores[self._trial.trial_id]
        self._oracle.update_trial(self._trial.trial_id, {self._objective: worst if told is None else told})
        self._trial.status = "COMPLETED"
        self._oracle.end_trial(self._trial)
        for name, each in self._scores.items():
            if each is None:
                self._oracle.trials[name].score = worst
        self._seconds += time.perf_counter() - began

    def open(self) -> set[int]:
        """The numbers that a later proposal may go on from."""
        return {int(name) for name in getattr(self._oracle, "open_trials", set)()}
