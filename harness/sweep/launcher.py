"""A sweep's trials as Hydra jobs in processes of their own: what `hydra/launcher=pool` does."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

import joblib
from hydra.core.hydra_config import HydraConfig
from hydra.core.singleton import Singleton
from hydra.core.utils import JobReturn, JobStatus, run_job, setup_globals
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf

from harness.config.keys import compiled_as
from harness.config.variant import labels_of
from harness.errors import WorkerDiedError
from harness.processes.gpus import share_gpus
from harness.processes.pool import Died, Pool
from harness.sweep.composition import Composition
from harness.sweep.job import failed
from harness.sweep.outcomes import read_outcomes, write_outcome

# The number of a job in its sweep, and its overrides.
Job = tuple[int, Sequence[str]]


def pool_for(
    context: HydraContext,
    config: DictConfig,
    task: TaskFunction,
    jobs: int,
    *,
    environments: Sequence[Mapping[str, str]],
    trials_per_worker: int,
) -> Pool[Job, JobReturn]:
    """The processes of a sweep.

    Args:
        context, config, task: Hydra's.
        jobs: how many there are to begin with.
        environments: of each process, see `environments`.
        trials_per_worker: after so many jobs a fresh process replaces one.
    """
    setup_globals()
    share = _share(joblib.cpu_count(), min(len(environments), jobs))
    minutes = config.sweep.trial_minutes
    return Pool(
        partial(_prepare, context, config, task, Singleton.get_state(), share),
        workers=len(environments),
        environments=environments,
        jobs_per_worker=trials_per_worker,
        seconds_per_job=None if minutes is None else 60 * minutes,
    )


def launch(
    pool: Pool[Job, JobReturn],
    context: HydraContext,
    config: DictConfig,
    job_overrides: Sequence[Sequence[str]],
    first: int,
) -> list[JobReturn]:
    """Runs each job once, isolated from the others; see `Pool.run`.

    A job whose process died has a JobReturn that failed with WorkerDiedError; its outcome is written for it at once,
    unless it had written one itself. JobReturns come without their configs, which would fill the parent's memory.

    Args:
        pool: see `pool_for`.
        context, config: Hydra's.
        job_overrides: of each job.
        first: the number of the first job.
    """
    Path(config.hydra.sweep.dir).mkdir(parents=True, exist_ok=True)
    jobs = [(first + place, list(overrides)) for place, overrides in enumerate(job_overrides)]
    results = pool.run(
        jobs,
        lambda place, text: write_death(Composition(config, context.config_loader).job(*jobs[place]), text),
        kinds=[compiled_as(labels_of(overrides)) for _, overrides in jobs],
    )
    return [_returned(job, result) for job, result in zip(jobs, results, strict=True)]


def environments(workers: int | None, workers_per_gpu: int | None) -> Sequence[Mapping[str, str]]:
    """The variables of each process of a sweep, as many as run at a time: see conf/hydra/launcher/pool.yaml.

    Raises:
        InputError: a GPU is to be shared, and there is none.
    """
    if workers_per_gpu is None:
        return [{}] * (workers or joblib.cpu_count())
    return share_gpus(workers_per_gpu)[:workers]


def _share(cores: int, at_once: int) -> int:
    """How many trainings a search runs at a time in a sweep that runs so many trials at a time."""
    return max(1, cores // max(1, at_once))


def _prepare(
    context: HydraContext, config: DictConfig, task: TaskFunction, singletons: Mapping[type, object], share: int
) -> Callable[[Job], JobReturn]:
    """Runs once in each process; what runs a job there. share: see `_share`."""
    setup_globals()
    Singleton.set_state(dict(singletons))
    composition = Composition(config, context.config_loader)
    return partial(_run, context, composition, task, share)


def _run(context: HydraContext, composition: Composition, task: TaskFunction, share: int, job: Job) -> JobReturn:
    composed = composition.job(*job)
    if OmegaConf.select(composed, "search.workers", default=share) is None:
        composed.search.workers = share
    HydraConfig.instance().set_config(composed)
    result = run_job(
        hydra_context=context,
        task_function=task,
        config=composed,
        job_dir_key="hydra.sweep.dir",
        job_subdir_key="hydra.sweep.subdir",
    )
    result.cfg = result.hydra_cfg = None
    return result


def write_death(config: DictConfig, text: str) -> None:
    """Writes the outcome of a job whose process died, unless it had written one itself; config: the job's."""
    if not config.sweep.id:
        return
    folder, number = Path(config.sweep.folder) / config.sweep.id, config.hydra.job.num
    # A process can die after its trial was done and before it could report that.
    if number not in read_outcomes(folder):
        write_outcome(folder, number, asdict(failed(config, text)))


def _returned(job: Job, result: JobReturn | Died) -> JobReturn:
    if isinstance(result, Died):
        return JobReturn(overrides=job[1], status=JobStatus.FAILED, _return_value=WorkerDiedError(result.text))
    return result
