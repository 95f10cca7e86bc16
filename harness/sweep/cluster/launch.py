"""A sweep's trials on other machines, as Hydra jobs: what the launchers `ray` and `slurm` share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from hydra.core.utils import JobReturn, JobStatus
from omegaconf import DictConfig, OmegaConf

from harness.config.variant import labels_of
from harness.errors import WorkerDiedError, in_one_line
from harness.spec import Outcome
from harness.sweep.cluster.delivery import deliver, deliver_waiting, keep_failure
from harness.sweep.cluster.live import LiveRuns
from harness.sweep.cluster.node import Trained
from harness.sweep.composition import Composition
from harness.sweep.job import failed
from harness.sweep.outcomes import write_outcome
from harness.terminal.messages import describe_trial
from harness.terminal.table import swept
from harness.tracking.logger import Logger
from harness.trial.points import Point
from harness.trial.record import Failure

# What is called with a trial's number: and with what came of it, or why nothing did; and with points of its curves.
OnEnd: TypeAlias = Callable[[int, Trained | str], None]
OnPoints: TypeAlias = Callable[[int, list[Point]], None]


class Machines(Protocol):
    """Other machines that train."""

    @property
    def cores(self) -> int:
        """How many of them a trial has."""
        ...

    def train(self, jobs: Mapping[int, DictConfig], on_end: OnEnd, on_points: OnPoints) -> None:
        """Trains each job, and leaves its signs of life in the folder of its sweep.

        Args:
            jobs: by number, composed, with Hydra's own keys.
            on_end: called as soon as a job's end is known.
            on_points: called while it trains.
        """
        ...


def launch(
    machines: Machines, loader: Any, config: DictConfig, job_overrides: Sequence[Sequence[str]], first: int
) -> list[JobReturn]:
    """Runs each job on one of the machines, and keeps what comes back here; see `harness.sweep.launcher.launch`.

    Args:
        loader, config: Hydra's.
        job_overrides: of each job.
        first: the number of the first job.
    """
    composition = Composition(config, loader)
    jobs = {first + place: composition.job(first + place, each) for place, each in enumerate(job_overrides)}
    live, outcomes = LiveRuns(jobs), dict[int, Outcome]()

    def end(number: int, outcome: Outcome) -> None:
        outcomes[number] = outcome
        write_outcome(folder_of(jobs[number]), number, asdict(outcome))

    def take(number: int, result: Trained | str) -> None:
        end(number, _kept(jobs[number], result, live.end(number)))

    left = {}
    for number, job in jobs.items():
        if OmegaConf.select(job, "search.workers", default=machines.cores) is None:
            job.search.workers = machines.cores
        outcome = deliver_waiting(job)
        if outcome is None:
            left[number] = job
        else:
            end(number, outcome)
    if left:
        machines.train(left, take, live.take)
    return [_returned(job_overrides[place], outcomes[first + place]) for place in range(len(job_overrides))]


def folder_of(job: DictConfig) -> Path:
    """The folder of a job's sweep."""
    return Path(job.sweep.folder) / job.sweep.id


def in_words(jobs: Mapping[int, DictConfig]) -> dict[int, str]:
    """Each of these trials by what distinguishes it."""
    labels = {number: labels_of(job.hydra.overrides.task) for number, job in jobs.items()}
    keys = swept(list(labels.values()))
    return {number: describe_trial(labels[number], keys, job.seed, job.fold) for number, job in jobs.items()}


def _kept(job: DictConfig, result: Trained | str, logger: Logger | None) -> Outcome:
    try:
        if isinstance(result, Trained):
            return deliver(job, result, logger)
        keep_failure(job, Failure(result, None), logger)
    except Exception as error:
        return failed(job, f"it was trained, and cannot be kept: {in_one_line(error)}")
    return failed(job, result)


def _returned(overrides: Sequence[str], outcome: Outcome) -> JobReturn:
    if outcome.status == "FINISHED":
        return JobReturn(overrides=overrides, status=JobStatus.COMPLETED, _return_value=outcome)
    return JobReturn(overrides=overrides, status=JobStatus.FAILED, _return_value=WorkerDiedError(outcome.reason))
