"""The trainings of a search, its tuner trials and the repeats of its best, each with a record in its folder."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.config.build import Parts
from harness.errors import TrackingError
from harness.metrics import Metric
from harness.processes.exit_status import perhaps_killed_for_memory
from harness.processes.pool import Died, Pool
from harness.search.oracles.oracle import Proposal
from harness.search.space import Space
from harness.search.tried import Tried, ranked, read_tried
from harness.search.tuner_trial import CHECKPOINT, NETWORK, Repeat, TunerTrial, write_failed
from harness.tracking.logger import Opening
from harness.trial import record
from harness.trial.claim import Claim
from harness.trial.fingerprint import array_hash
from harness.trial.inputs import Inputs
from harness.trial.opening import opening_of

# Below a search's folder: the records of its tuner trials and of its repeats, and the oracle's own files.
TUNER_TRIALS, REPEATS, ORACLE = "tuner_trials", "repeats", "tuner"
# Seeds of sweeps are small; those of repeats lie above them, apart for every seed of the search.
SEEDS_A_SEARCH = 1000
# A training whose process is killed so many times has failed.
TRIES = 3


@dataclass(frozen=True)
class Progress:
    """Where a search stands.

    Attributes:
        stage: tuner trials or repeats.
        done, total: how many of these.
        best: the best objective so far, or None.
        share: what is done of the whole search, from 0 to 1.
    """

    stage: str
    done: int
    total: int
    best: float | None
    share: float


@dataclass(frozen=True)
class Asked:
    """What a search was asked for.

    Attributes:
        metric: the objective.
        labels, sweep: see `claim`.
        on_search: called after every tuner trial and every repeat.
    """

    parts: Parts
    inputs: Inputs
    space: Space
    metric: Metric
    labels: Mapping[str, str]
    sweep: str | None
    on_search: Callable[[Progress], None]


class Trainings:
    """Trains what has no record yet, in the pool's processes, and keeps each record in the store at once.

    Where the store is out of reach the records wait for the end of the search.
    """

    def __init__(self, asked: Asked, claimed: Claim, pool: Pool[Repeat | TunerTrial, OSError | None]):
        self._asked, self._folder, self._pool, self._logger = asked, claimed.folder, pool, claimed.logger
        self._validation = array_hash(asked.inputs.data.validation.y)
        self._deliver()

    def tuner_trials(self) -> list[Tried]:
        """Every tuner trial, those of an earlier start as they are; the oracle gets the score of each."""
        parts, metric = self._asked.parts, self._asked.metric
        search, epochs = parts.search, parts.config["train"]["epochs"]
        total = search.planned(self._asked.space, epochs)
        proposals = search.proposals(self._asked.space, epochs, parts.seed, metric, self._folder / ORACLE)
        tried: list[Tried] = []
        while proposal := proposals.next():
            folder = self._tuner_trial_folder(proposal.number)
            if not record.is_written(folder):
                self._train_tuner_trial(proposal, folder)
                self._deliver()
            tried.append(read_tried(proposal, folder, search.objective))
            proposals.report_score(tried[-1].score)
            self._prune(tried, proposals.open())
            best = next((score for _, score in ranked(tried, metric)), None)
            share = len(tried) / (total + search.repeats)
            self._asked.on_search(Progress("tuner trials", len(tried), total, best, share))
        # A search that max_trials ended early leaves some open.
        self._prune(tried, set())
        return tried

    def repeats(self, best: Tried, tuner_trials: int) -> dict[int, Path]:
        """By seed, the folder of each repeat of the best values; tuner_trials: how many there were."""
        parts = self._asked.parts
        folders = {seed: self._folder / REPEATS / str(seed) for seed in repeat_seeds(parts.seed, parts.search.repeats)}
        searched = " ".join(dimension.key for dimension in self._asked.space.dimensions)
        for done, (seed, folder) in enumerate(folders.items(), start=1):
            if not record.is_written(folder):
                config = {**self._asked.space.applied(best.proposal.values), "seed": seed, "search": {}}
                opening = self._opening(config, "repeat", {"role": "repeat", "seed": str(seed), "searched": searched})
                self._run(Repeat(config, parts.names, folder, opening))
                self._deliver()
            share = (tuner_trials + done) / (tuner_trials + len(folders))
            self._asked.on_search(Progress("repeats", done, len(folders), best.score, share))
        return folders

    def _train_tuner_trial(self, proposal: Proposal, folder: Path) -> None:
        parts = self._asked.parts
        config = {**self._asked.space.applied(proposal.values), "search": {}}
        tags = {"role": "search_trial", "tuner_trial": str(proposal.number)}
        tags["oracle_seconds"] = f"{proposal.seconds:.4f}"
        params = {**proposal.values, **({} if proposal.epochs is None else {"epochs": proposal.epochs})}
        opening = replace(self._opening(config, f"tuner trial {proposal.number}", tags), params=params)
        before = None if proposal.resumes is None else self._tuner_trial_folder(proposal.resumes)
        if before and record.read(before).status != "FINISHED":
            folder.mkdir(parents=True, exist_ok=True)
            write_failed(folder, f"tuner trial {proposal.resumes}, which it resumes, failed", opening)
            return
        self._run(TunerTrial(config, parts.names, folder, opening, proposal.epochs, before, self._validation))

    def _run(self, job: Repeat | TunerTrial) -> None:
        job.folder.mkdir(parents=True, exist_ok=True)
        for tries in range(1, TRIES + 1):
            (result,) = self._pool.run([job], on_death=lambda number, text: None)
            if isinstance(result, OSError):
                raise result
            # A process can die after the record was written and before it could report that.
            if not isinstance(result, Died) or record.is_written(job.folder):
                return
            # What kills from outside says nothing about these values: the training resumes from its checkpoint.
            if tries == TRIES or not perhaps_killed_for_memory(result.status):
                write_failed(job.folder, result.text, job.opening)
                return

    def _opening(self, config: Mapping[str, Any], title: str, tags: Mapping[str, str]) -> Opening:
        asked = self._asked
        opening = opening_of(config, asked.parts.names, asked.labels, asked.sweep, asked.inputs)
        return replace(opening, name=f"{opening.name}, {title}", tags={**opening.tags, **tags})

    def _deliver(self) -> None:
        if self._logger:
            try:
                record.deliver_nested(self._folder, self._asked.parts.tracking, self._logger)
            except TrackingError:
                self._logger = None

    def _prune(self, tried: list[Tried], still_open: set[int]) -> None:
        """Only the networks of the best stay, and the checkpoints that the oracle may resume."""
        best = ranked(tried, self._asked.metric)[: self._asked.parts.search.keep]
        kept = {one.proposal.number for one, _ in best}
        for number in (one.proposal.number for one in tried):
            folder = self._tuner_trial_folder(number)
            if number not in kept:
                (folder / NETWORK).unlink(missing_ok=True)
            if number not in still_open:
                (folder / CHECKPOINT).unlink(missing_ok=True)

    def _tuner_trial_folder(self, number: int) -> Path:
        return self._folder / TUNER_TRIALS / f"{number:04}"


def repeat_seeds(seed: int, repeats: int) -> list[int]:
    """The seeds of a search's repeats: the same for every loss variant, and none that the search used itself."""
    return [SEEDS_A_SEARCH * (seed + 1) + i for i in range(repeats)]
