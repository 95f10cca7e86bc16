"""A trial that is a search: config -> tuner trials -> the best values -> repeats with fresh seeds -> tracked run."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.config.build import Parts, build
from harness.errors import HarnessError, InputError, TrackingError
from harness.processes.pool import Died, Pool
from harness.search.oracles.oracle import Proposal
from harness.search.space import Space
from harness.search.summary import ORACLE, TUNER_TRIALS, Tried, ranked, write_search
from harness.search.tuner_trial import CHECKPOINT, NETWORK, Repeat, TunerTrial, prepare_process, write_failed
from harness.spec import Logger, Outcome
from harness.trial import record, trial
from harness.trial.claim import run_once
from harness.trial.fingerprint import array_hash
from harness.trial.inputs import Inputs

REPEATS = "repeats"
# Seeds of sweeps are small; those of repeats lie above them, apart for every seed of the search.
SEEDS_A_SEARCH = 1000
# Then a fresh process takes over, so that memory does not grow with the length of a search.
JOBS_PER_PROCESS = 20


@dataclass(frozen=True)
class Progress:
    """Where a search stands.

    stage: tuner trials or repeats; done, total: of these; best: the lowest objective so far, or None; share: what is
    done of the whole search.
    """

    stage: str
    done: int
    total: int
    best: float | None
    share: float


def run(
    parts: Parts,
    prepared: tuple[Inputs, Space],
    labels: Mapping[str, str],
    sweep: str | None,
    resume: bool,
    on_search: Callable[[Progress], None],
) -> Outcome:
    """Searches, trains the best again, and keeps it all as one tracked run with the others nested below it.

    One that was killed goes on where it was and ends as if it had never stopped: no tuner trial is trained twice. One
    that is FINISHED in the store stands, unless `resume` is false.

    Args:
        prepared: what `prepare` gave for these parts.
        labels, sweep, resume: see `run_once`.
        on_search: told after every tuner trial and every repeat.

    Raises:
        HarnessError: not one tuner trial, or not one repeat, gave a result.
    """
    inputs, space = prepared
    began = time.perf_counter()

    def write(folder: Path, logger: Logger | None) -> None:
        with Pool(prepare_process, workers=1, jobs_per_worker=JOBS_PER_PROCESS) as pool:
            search = _Search(parts, inputs, labels, sweep, space, folder, logger, on_search, pool)
            tried = search.tuner_trials()
            best = _best(tried)
            repeats = search.repeats(best)
        write_search(parts, inputs, space, folder, tried, best, repeats, time.perf_counter() - began)

    return run_once(parts, inputs, labels, sweep, resume, resume, write)


def prepare(parts: Parts, labels: Mapping[str, str]) -> tuple[Inputs, Space]:
    """All that can be refused before anything is trained or written. Errors: `trial.prepare`, `checked_space`."""
    inputs, _ = trial.prepare(parts)
    return inputs, checked_space(parts, inputs, labels)


def checked_space(parts: Parts, inputs: Inputs, labels: Mapping[str, str]) -> Space:
    """The space of the parts' search, with every end of every range tried.

    Raises:
        InputError: as `Search.space_of`, or values that no network can be built with.
    """
    space = parts.search.space_of(parts.config, labels)
    shape = (*inputs.data.train.x.shape[1:], inputs.data.train.y.shape[1])
    for key, value in space.tried():
        try:
            build({**space.applied({key: value}), "search": {}}, parts.names).family(*shape)
        except InputError as error:
            raise InputError(f"search.space.{key}", f"{value!r} is refused: {error.found}", error.instead) from error
    return space


def repeat_seeds(seed: int, repeats: int) -> list[int]:
    """The seeds of a search's repeats: the same for every loss variant, and none that the search used itself."""
    return [SEEDS_A_SEARCH * (seed + 1) + i for i in range(repeats)]


class _Search:
    """One search, in its trial's folder: `tuner_trials/<number>` and `repeats/<seed>` hold one record each."""

    def __init__(self, parts, inputs, labels, sweep, space, folder, logger, on_search, pool):
        self.parts, self.inputs, self.space, self.folder = parts, inputs, space, folder
        self.labels, self.sweep, self.logger, self.on_search = labels, sweep, logger, on_search
        self.pool = pool
        self.validation = array_hash(inputs.data.validation.y)
        self._keep()

    def tuner_trials(self) -> list[Tried]:
        """Every tuner trial, those of an earlier start as they are; all the oracle knows is told again."""
        search, config = self.parts.search, self.parts.config
        epochs = config["train"]["epochs"]
        total = search.planned(self.space, epochs)
        proposals = search.proposals(self.space, epochs, self.parts.seed, self.folder / ORACLE)
        tried: list[Tried] = []
        while proposal := proposals.next():
            place = self.folder / TUNER_TRIALS / f"{proposal.number:04}"
            if not record.is_written(place):
                self._train(proposal, place)
                self._keep()
            tried.append(_read(proposal, place, search.objective))
            proposals.tell(tried[-1].score)
            self._prune(tried, proposals.open())
            known = [each.score for each in tried if each.score is not None]
            share = len(tried) / (total + search.repeats)
            self.on_search(Progress("tuner trials", len(tried), total, min(known, default=None), share))
        # One that max_trials ended early leaves some open.
        self._prune(tried, set())
        self.share = len(tried) / (len(tried) + search.repeats)
        return tried

    def repeats(self, best: Tried) -> dict[int, Path]:
        """By seed, the folder of each repeat of the best values."""
        seeds = repeat_seeds(self.parts.seed, self.parts.search.repeats)
        places = {seed: self.folder / REPEATS / str(seed) for seed in seeds}
        searched = " ".join(each.key for each in self.space.dimensions)
        for done, (seed, place) in enumerate(places.items(), start=1):
            if not record.is_written(place):
                config = {**self.space.applied(best.proposal.values), "seed": seed, "search": {}}
                opening = self._opening(config, "repeat", {"seed": str(seed), "searched": searched}, "repeat")
                self._run(Repeat(config, self.parts.names, place, opening))
                self._keep()
            share = self.share + (1 - self.share) * done / len(places)
            self.on_search(Progress("repeats", done, len(places), best.score, share))
        return places

    def _train(self, proposal, place):
        before = proposal.goes_on_from
        before = None if before is None else self.folder / TUNER_TRIALS / f"{before:04}"
        config = {**self.space.applied(proposal.values), "search": {}}
        tags = {"tuner_trial": str(proposal.number), "oracle_seconds": f"{proposal.seconds:.4f}"}
        opening = self._opening(config, "search_trial", tags, f"tuner trial {proposal.number}")
        params = dict(proposal.values) | ({} if proposal.epochs is None else {"epochs": proposal.epochs})
        opening = replace(opening, params=params)
        if before and record.read(before)["status"] != "FINISHED":
            place.mkdir(parents=True, exist_ok=True)
            write_failed(place, f"tuner trial {proposal.goes_on_from}, which it goes on from, failed", opening)
            return
        names = self.parts.names
        self._run(TunerTrial(config, names, place, opening, proposal.epochs, before, self.validation))

    def _run(self, job):
        job.folder.mkdir(parents=True, exist_ok=True)
        (result,) = self.pool.run([job], on_death=lambda number, text: None)
        # A process can die after the record was written and before it could report that.
        if isinstance(result, Died) and not record.is_written(job.folder):
            write_failed(job.folder, result.text, job.opening)

    def _opening(self, config, role, tags, title):
        known = record.opening(config, self.parts.names, self.labels, self.sweep, self.inputs)
        name = f"{known.name}, {title if role == 'search_trial' else role}"
        return replace(known, name=name, tags={**known.tags, "role": role, **tags})

    def _keep(self):
        """What is done so far, to the store; where that is out of reach it waits for the end of the search."""
        if self.logger:
            try:
                record.deliver_nested(self.folder, self.parts.tracking, self.logger)
            except TrackingError:
                self.logger = None

    def _prune(self, tried, still_open):
        """Only the networks of the best stay, and the checkpoints that the tuner may go on from."""
        kept = {each.proposal.number for each in ranked(tried)[: self.parts.search.keep]}
        for each in tried:
            place = self.folder / TUNER_TRIALS / f"{each.proposal.number:04}"
            if each.proposal.number not in kept:
                (place / NETWORK).unlink(missing_ok=True)
            if each.proposal.number not in still_open:
                (place / CHECKPOINT).unlink(missing_ok=True)


def _read(proposal: Proposal, place: Path, objective: str) -> Tried:
    found = record.read(place)
    metrics = record.scalar_metrics(record.scalars(found["points"]))
    score = metrics.get(objective)
    return Tried(proposal, None if score is None else float(score), metrics, found["tags"].get("failure", ""))


def _best(tried: Sequence[Tried]) -> Tried:
    if best := ranked(tried):
        return best[0]
    reasons = "; ".join(dict.fromkeys(each.reason for each in tried))
    raise HarnessError(f"all {len(tried)} tuner trials failed: {reasons}. resume=false tries again")
