"""The trainings of a search, its tuner trials and the repeats of its best, each with a record in its folder."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from harness.config.build import Parts
from harness.config.keys import compiled_as, leaves
from harness.errors import TrackingError
from harness.kinds import Config
from harness.metrics import Metric
from harness.processes.exit_status import perhaps_killed_for_memory
from harness.processes.pool import Died, Pool
from harness.search.oracles.oracle import Proposal, Proposals
from harness.search.space import Space
from harness.search.tried import Tried, ranked, read_tried
from harness.search.tuner_trial import CHECKPOINT, NETWORK, Repeat, TunerTrial, write_failed
from harness.tracking.logger import Logger, Opening
from harness.tracking.tracking import Tracking
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
        self._validation = array_hash(asked.inputs.data.validation.truth)
        self._tried: dict[int, Tried] = {}
        self._deliver(partial(record.deliver_nested, self._folder))

    def tuner_trials(self) -> list[Tried]:
        """Every tuner trial, those of an earlier start as they are; the oracle gets the score of each.

        A batch of its proposals is trained at once, and it learns of none before all are done. So what it proposes next
        does not depend on how many processes there are.
        """
        parts, metric = self._asked.parts, self._asked.metric
        search, epochs = parts.search, parts.config["train"]["epochs"]
        total = search.planned(self._asked.space, epochs)
        proposals = search.proposals(self._asked.space, epochs, parts.seed, metric, self._folder / ORACLE)
        while batch := proposals.next_batch():
            waiting = {proposal.number: proposal for proposal in batch}
            jobs = {number: self._tuner_trial(proposal) for number, proposal in waiting.items()}
            self._run(jobs, partial(self._keep, proposals, waiting, total))
            proposals.report_scores([self._tried[proposal.number].score for proposal in batch])
        # A search that max_trials ended early leaves some open.
        self._prune(set())
        return self._in_order()

    def repeats(self, best: Tried) -> dict[int, Path]:
        """By seed, the folder of each repeat of the best values."""
        parts = self._asked.parts
        seeds = repeat_seeds(parts.seed, parts.search.repeats)
        folders = {seed: self._folder / REPEATS / str(seed) for seed in seeds}
        done: set[int] = set()

        def show(seed: int) -> None:
            done.add(seed)
            share = (len(self._tried) + len(done)) / (len(self._tried) + len(seeds))
            self._asked.on_search(Progress("repeats", len(done), len(seeds), best.score, share))

        self._run({seed: self._repeat(best, seed, folder) for seed, folder in folders.items()}, show)
        return folders

    def _repeat(self, best: Tried, seed: int, folder: Path) -> Repeat:
        searched = " ".join(dimension.key for dimension in self._asked.space.dimensions)
        config = {**self._asked.space.applied(best.proposal.values), "seed": seed, "search": {}}
        opening = self._opening(config, "repeat", {"role": "repeat", "seed": str(seed), "searched": searched})
        return Repeat(config, self._asked.parts.names, folder, opening)

    def _tuner_trial(self, proposal: Proposal) -> TunerTrial:
        """The job of a proposal; where it resumes one that failed, its record says so at once."""
        parts, folder = self._asked.parts, self._tuner_trial_folder(proposal.number)
        config = {**self._asked.space.applied(proposal.values), "search": {}}
        tags = {"role": "search_trial", "tuner_trial": str(proposal.number)}
        tags["oracle_seconds"] = f"{proposal.seconds:.4f}"
        params = {**proposal.values, **({} if proposal.epochs is None else {"epochs": proposal.epochs})}
        opening = replace(self._opening(config, f"tuner trial {proposal.number}", tags), params=params)
        before = None if proposal.resumes is None else self._tuner_trial_folder(proposal.resumes)
        if before and record.read(before).status != "FINISHED" and not record.is_written(folder):
            write_failed(folder, f"tuner trial {proposal.resumes}, which it resumes, failed", opening)
            self._deliver_one(folder)
        return TunerTrial(config, parts.names, folder, opening, proposal.epochs, before, self._validation)

    def _keep(self, proposals: Proposals, waiting: dict[int, Proposal], total: int, number: int) -> None:
        """Takes the record of a tuner trial in; waiting: those of its batch that have none; total: of the search."""
        search = self._asked.parts.search
        self._tried[number] = read_tried(waiting.pop(number), self._tuner_trial_folder(number), search.objective)
        to_resume = {proposal.resumes for proposal in waiting.values() if proposal.resumes is not None}
        self._prune(proposals.open() | to_resume)
        best = next((score for _, score in ranked(self._in_order(), self._asked.metric)), None)
        share = len(self._tried) / (total + search.repeats)
        self._asked.on_search(Progress("tuner trials", len(self._tried), total, best, share))

    def _run(self, jobs: Mapping[int, Repeat | TunerTrial], on_record: Callable[[int], None]) -> None:
        """Trains what has no record; on_record: called with the number of each job as soon as its record is there."""
        left: dict[int, Repeat | TunerTrial] = {}
        for number, job in jobs.items():
            if record.is_written(job.folder):
                on_record(number)
            else:
                left[number] = job
        for tries in range(1, TRIES + 1):
            # Memory that is short for several may do for one, as it does where one process trains all.
            at_once = [left] if tries == 1 else [{number: job} for number, job in left.items()]
            deaths = [death for some in at_once for death in self._train(some, on_record).items()]
            left = {}
            for number, death in deaths:
                job = jobs[number]
                # What kills from outside says nothing about these values: the training resumes from its checkpoint.
                if tries < TRIES and perhaps_killed_for_memory(death.status):
                    left[number] = job
                else:
                    write_failed(job.folder, death.text, job.opening)
                    self._deliver_one(job.folder)
                    on_record(number)

    def _train(self, jobs: Mapping[int, Repeat | TunerTrial], on_record: Callable[[int], None]) -> dict[int, Died]:
        """Runs these jobs; those whose process died without a record, by their number.

        Raises:
            OSError: what the disk failed with, in one of them.
        """
        numbers, in_order = list(jobs), list(jobs.values())

        def take_in(place: int, result: OSError | None) -> None:
            if result:
                raise result
            self._deliver_one(in_order[place].folder)
            on_record(numbers[place])

        kinds = [compiled_as(dict(leaves(job.config))) for job in in_order]
        results = self._pool.run(in_order, lambda place, text: None, kinds, take_in)
        deaths: dict[int, Died] = {}
        for place, result in enumerate(results):
            # A process can die after the record was written and before it could report that.
            if isinstance(result, Died) and record.is_written(in_order[place].folder):
                take_in(place, None)
            elif isinstance(result, Died):
                deaths[numbers[place]] = result
        return deaths

    def _opening(self, config: Config, title: str, tags: Mapping[str, str]) -> Opening:
        asked = self._asked
        opening = opening_of(config, asked.parts.names, asked.labels, asked.sweep, asked.inputs)
        return replace(opening, name=f"{opening.name}, {title}", tags={**opening.tags, **tags})

    def _deliver_one(self, folder: Path) -> None:
        """A record that was just written: to look at all of them each time would take the square of their number."""
        self._deliver(partial(record.deliver_below, self._folder, folder))

    def _deliver(self, deliver: Callable[[Tracking, Logger], None]) -> None:
        if self._logger:
            try:
                deliver(self._asked.parts.tracking, self._logger)
            except TrackingError:
                self._logger = None

    def _prune(self, still_open: set[int]) -> None:
        """Only the networks of the best stay, and the checkpoints that the oracle may resume."""
        best = ranked(self._in_order(), self._asked.metric)[: self._asked.parts.search.keep]
        kept = {one.proposal.number for one, _ in best}
        for number in self._tried:
            folder = self._tuner_trial_folder(number)
            if number not in kept:
                (folder / NETWORK).unlink(missing_ok=True)
            if number not in still_open:
                (folder / CHECKPOINT).unlink(missing_ok=True)

    def _in_order(self) -> list[Tried]:
        """Whatever the order in which they ended."""
        return [self._tried[number] for number in sorted(self._tried)]

    def _tuner_trial_folder(self, number: int) -> Path:
        return self._folder / TUNER_TRIALS / f"{number:04}"


def repeat_seeds(seed: int, repeats: int) -> list[int]:
    """The seeds of a search's repeats: the same for every loss variant, and none that the search used itself."""
    return [SEEDS_A_SEARCH * (seed + 1) + i for i in range(repeats)]
