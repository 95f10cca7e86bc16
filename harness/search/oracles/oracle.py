"""What every search does, whichever oracle of keras-tuner it asks: propose values in batches, and take the scores."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from annotated_types import Interval

from harness.checks import one_of
from harness.errors import InputError
from harness.kinds import Config, Text
from harness.metrics import Metric, Metrics
from harness.search.space import Space

if TYPE_CHECKING:
    from keras_tuner import Oracle
    from keras_tuner.src.engine.trial import Trial

# An oracle compares each proposal with all before it.
Trials: TypeAlias = Annotated[int, Interval(ge=1, le=100_000)]
# A prime above all that one search draws.
SEEDS_APART = 1_000_003
# How many proposals a batch holds at most, which bounds what waits in memory.
MOST_AT_ONCE = 256
# How many times in a row random values may be old ones before a space counts as searched through.
COLLISIONS = 1000
EXAMPLE = "{model.units: {type: int, low: 8, high: 64}}"


@dataclass(frozen=True)
class Proposal:
    """What to train next.

    Attributes:
        number: from 0.
        values: by config key.
        epochs: to train it to, counted from its first; None: as train.epochs says.
        resumes: the number of the proposal whose training it resumes, or None.
        seconds: the oracle's own time for it.
    """

    number: int
    values: Mapping[str, object]
    epochs: int | None
    resumes: int | None
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Search:
    """How to search; for the meaning of each see conf/search/."""

    space: Config | None
    objective: Text
    # More seeds are a sweep over `seed`.
    repeats: Annotated[int, Interval(ge=1, le=20)]
    keep: Annotated[int, Interval(ge=0, le=100_000)]
    workers: Annotated[int, Interval(ge=1, le=1024)] | None
    max_trials: Trials | None

    def objective_of(self, metrics: Metrics) -> Metric:
        """The metric that the best is chosen by.

        Raises:
            InputError: an objective that none of these metrics is.
        """
        one_of("search.objective", self.objective, metrics.monitors)
        return metrics.of(self.objective)

    def space_of(self, config: Config, labels: Mapping[str, str]) -> Space:
        """The space, checked against the trial's config; labels: what the trial was set to by its overrides.

        Raises:
            InputError: no space at all, as `Space`, or a key that is searched and set as well.
        """
        if self.space is None:
            instead = f"Write {EXAMPLE} there, or as search_space: in the YAML file of the model family"
            raise InputError("search.space", "it is empty, and the model family has no search_space", instead)
        space = Space(self.space, config)
        for dimension in space.dimensions:
            if dimension.key in labels:
                found = f"it is searched, and set to {labels[dimension.key]} as well"
                raise InputError(dimension.key, found, "Take it out of search.space, or do not set it")
        return space

    def planned(self, space: Space, epochs: int) -> int:
        """How many proposals there are at most; epochs: train.epochs."""
        return int(min(self._planned(space, epochs), math.inf if self.max_trials is None else self.max_trials))

    def proposals(self, space: Space, epochs: int, seed: int, metric: Metric, folder: Path) -> Proposals:
        """The proposals, from the first one on: a function of all these and of the scores that are reported.

        Args:
            epochs: train.epochs.
            metric: what `objective_of` gave.
            folder: for the oracle's own files.
        """
        direction = "min" if metric.lower_is_better else "max"
        oracle = self._oracle(space, epochs, **self._arguments(space, seed, direction))
        return Proposals(self, space, oracle, metric.lower_is_better, folder)

    def _planned(self, space: Space, epochs: int) -> float:
        return min(space.combinations(), math.inf if self.max_trials is None else self.max_trials)

    def _oracle(self, space: Space, epochs: int, **arguments: Any) -> Oracle:
        raise NotImplementedError

    def _arguments(self, space: Space, seed: int, direction: str) -> dict[str, object]:
        """What every oracle of keras-tuner takes; direction: min | max."""
        from keras_tuner import Objective

        return {
            "objective": Objective(self.objective, direction),
            "hyperparameters": space.hyperparameters(),
            "allow_new_entries": False,
            # keras-tuner takes 0 for "any seed", and adds 1 for each value it draws: neighbours would draw alike.
            "seed": 1 + seed * SEEDS_APART % 2**31,
        }


class Proposals:
    """Asks an oracle of keras-tuner, without its tuners, which would train in this process and save what they please.

    Proposals depend on the reported scores alone, and on neither who trains them nor when they are done, so that a
    search resumes when all that is known is reported again.
    """

    def __init__(self, search: Search, space: Space, oracle: Oracle, lower_is_better: bool, folder: Path):
        from keras_tuner.engine.base_tuner import BaseTuner

        self._space, self._oracle, self._objective = space, oracle, search.objective
        self._lower_is_better = lower_is_better
        oracle.verbose = 0
        oracle.max_trials = search.max_trials
        oracle._max_collisions = COLLISIONS
        # Its only public way to say where its files go.
        BaseTuner(oracle, directory=str(folder), project_name="oracle", overwrite=True)
        self._batch: list[Trial] = []
        self._scores: dict[str, float | None] = {}
        self._seconds = 0.0

    def next_batch(self) -> list[Proposal]:
        """All that can be proposed before another score is known; empty where the search is over.

        Report the scores of each batch before the next.
        """
        batch: list[Proposal] = []
        while len(batch) < MOST_AT_ONCE and (proposal := self._next()):
            batch.append(proposal)
        return batch

    def report_scores(self, scores: Sequence[float | None]) -> None:
        """Takes the objective of each proposal of the last batch, in their order.

        None or not finite: it failed, and counts as worse than any other. A failed region that the oracle does not know
        of would be proposed again and again.
        """
        began = time.perf_counter()
        for trial, score in zip(self._batch, scores, strict=True):
            self._report(trial, score)
        self._batch = []
        self._seconds += time.perf_counter() - began

    def open(self) -> set[int]:
        """The numbers of the proposals that a later one may resume."""
        return {int(name) for name in getattr(self._oracle, "open_trials", set)()}

    def _next(self) -> Proposal | None:
        from threadpoolctl import threadpool_limits

        began = time.perf_counter()
        # On matrices as small as those of a Gaussian process of so few points, threads wait for each other.
        with threadpool_limits(1), warnings.catch_warnings():
            # scikit-learn warns that such a process is one of many.
            warnings.simplefilter("ignore", UserWarning)
            # A tuner that has a trial already is given that one again.
            trial = self._oracle.create_trial(f"harness {len(self._batch)}")
        self._seconds += time.perf_counter() - began
        if trial.status != "RUNNING":
            return None
        self._batch.append(trial)
        given = trial.hyperparameters.values
        seconds, self._seconds = self._seconds, 0.0
        before = given.get("tuner/trial_id")
        return Proposal(
            int(trial.trial_id),
            self._space.values(trial.hyperparameters),
            given.get("tuner/epochs"),
            None if before is None else int(before),
            seconds,
        )

    def _report(self, trial: Trial, score: float | None) -> None:
        known_score = score if score is not None and math.isfinite(score) else None
        self._scores[trial.trial_id] = known_score
        worst = self._worse_than_all()
        value = worst if known_score is None else known_score
        self._oracle.update_trial(trial.trial_id, {self._objective: value})
        trial.status = "COMPLETED"
        self._oracle.end_trial(trial)
        for name, score in self._scores.items():
            if score is None:
                self._oracle.trials[name].score = worst

    def _worse_than_all(self) -> float:
        known = [score for score in self._scores.values() if score is not None]
        if not known:
            return 0.0
        return math.nextafter(max(known), math.inf) if self._lower_is_better else math.nextafter(min(known), -math.inf)
