"""A sweep's trials as Hydra jobs in processes of their own: what `hydra/launcher=pool` does."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
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
from harness.processes.turns import Own, in_turns
from harness.sweep.composition import Composition
from harness.sweep.job import failed
from harness.sweep.outcomes import read_outcomes, write_outcome

# The number of a job in its sweep, and its overrides.
Job = tuple[int, Sequence[str]]
# Jobs that one process runs one after the other, or by turns.
Group = Sequence[Job]
# Beside the name of the device: trials that are computed with others differ in their last digits.
FUSED = "fused"


def pool_for(
    context: HydraContext,
    config: DictConfig,
    task: TaskFunction,
    jobs: int,
    *,
    environments: Sequence[Mapping[str, str]],
    trials_per_worker: int,
    at_once: int | None = None,
) -> Pool[Group, Sequence[JobReturn]]:
    """The processes of a sweep.

    Args:
        context, config, task: Hydra's.
        jobs: how many there are to begin with.
        environments: of each process, see `environments`.
        trials_per_worker: after so many jobs a fresh process replaces one.
        at_once: how many trials a process computes together; None: it runs one after the other.
    """
    setup_globals()
    share = _share(joblib.cpu_count(), min(len(environments), jobs))
    minutes = config.sweep.trial_minutes
    return Pool(
        partial(_prepare, context, config, task, Singleton.get_state(), share, at_once),
        workers=len(environments),
        environments=environments,
        jobs_per_worker=trials_per_worker,
        seconds_per_job=None if minutes is None else 60 * minutes,
    )


def launch(
    pool: Pool[Group, Sequence[JobReturn]],
    context: HydraContext,
    config: DictConfig,
    job_overrides: Sequence[Sequence[str]],
    first: int,
    parts: int | None = None,
) -> list[JobReturn]:
    """Runs each job once, isolated from the others but for those of its group; see `Pool.run`.

    A job whose process died has a JobReturn that failed with WorkerDiedError; its outcome is written for it at once,
    unless it had written one itself. JobReturns come without their configs, which would fill the parent's memory.

    Args:
        pool: see `pool_for`.
        context, config: Hydra's.
        job_overrides: of each job.
        first: the number of the first job.
        parts: jobs that are compiled alike are groups, at least so many in all; None: each job is a group.
    """
    Path(config.hydra.sweep.dir).mkdir(parents=True, exist_ok=True)
    jobs = [(first + place, list(overrides)) for place, overrides in enumerate(job_overrides)]
    groups = [[job] for job in jobs] if parts is None else _groups(jobs, parts)

    def on_death(place: int, text: str) -> None:
        composition = Composition(config, context.config_loader)
        for job in groups[place]:
            write_death(composition.job(*job), text)

    results = pool.run(groups, on_death, kinds=[_kind(group[0]) for group in groups])
    returned = {
        job[0]: each for group, result in zip(groups, results, strict=True) for job, each in _each(group, result)
    }
    return [returned[number] for number, _ in jobs]


def _kind(job: Job) -> Hashable:
    return compiled_as(labels_of(job[1]))


def _groups(jobs: Sequence[Job], parts: int) -> list[Group]:
    """The jobs of each kind, in so many groups that there are at least `parts` in all."""
    kinds: dict[Hashable, list[Job]] = {}
    for job in jobs:
        kinds.setdefault(_kind(job), []).append(job)
    of_each = -(-parts // len(kinds))
    return [alike[place::of_each] for alike in kinds.values() for place in range(min(of_each, len(alike)))]


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
    context: HydraContext,
    config: DictConfig,
    task: TaskFunction,
    singletons: Mapping[type, object],
    share: int,
    at_once: int | None,
) -> Callable[[Group], Sequence[JobReturn]]:
    """Runs once in each process; what runs a group of jobs there. share: see `_share`; at_once: see `pool_for`."""
    setup_globals()
    Singleton.set_state(dict(singletons))
    run = partial(_run, context, Composition(config, context.config_loader), task, share)
    if at_once is None:
        return lambda group: [run(job) for job in group]
    plan_fused()
    hydras = HydraConfig.instance()
    own = Own(get=lambda: hydras.cfg, put=lambda cfg: setattr(hydras, "cfg", cfg))
    return lambda group: in_turns(run, group, own, at_once)


def plan_fused() -> None:
    """Has this process take fingerprints for trials that are computed together."""
    from harness.trial.fingerprint import own_device, plan_for

    plan_for(f"{own_device()}, {FUSED}")


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


def _each(group: Group, result: Sequence[JobReturn] | Died) -> Iterable[tuple[Job, JobReturn]]:
    if not isinstance(result, Died):
        return zip(group, result, strict=True)
    error = WorkerDiedError(result.text)
    return [(job, JobReturn(overrides=job[1], status=JobStatus.FAILED, _return_value=error)) for job in group]
