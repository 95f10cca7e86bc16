"""A sweep's trials as job arrays of Slurm: what `hydra/launcher=slurm` does.

The machines share the disk with this one, as Slurm's mostly do: what a trial leaves stands in its folder there, and
what came of it in the folder of its sweep.
"""

import logging
import os
import pickle
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import submitit
from omegaconf import DictConfig

from harness.errors import InputError, in_one_line
from harness.processes.child import ONE_THREAD
from harness.sweep.cluster.curve_files import CurveFiles, append_points
from harness.sweep.cluster.launch import OnEnd, OnPoints, folder_of, in_words
from harness.sweep.cluster.node import Launcher, this_launcher, train
from harness.sweep.outcomes import write_standing
from harness.sweep.signs import SIGNS, leave_sign
from harness.terminal.messages import print_text
from harness.trial.points import Point

if TYPE_CHECKING:
    from harness.search.trainings import Progress

# Below a sweep's folder: what came of each trial, Submitit's own files, with what each job printed, and the points of
# learning curves.
TRAINED, JOBS, CURVES = "trained", "slurm", "curves"
SECONDS_BETWEEN_CHECKS = 0.5
SECONDS_BETWEEN_QUESTIONS = 5.0
# A file can be seen on a shared disk later than its writer is gone from the queue.
QUESTIONS_UNTIL_GONE = 2
SECONDS_TO_ANSWER = 60
MEGABYTES = 1024


@dataclass(frozen=True)
class Asked:
    """What a sweep asks of Slurm: see conf/hydra/launcher/slurm.yaml."""

    cpus: int
    gpus: int
    memory_gb: float | None
    minutes: int
    trials_per_job: int
    at_a_time: int
    tries: int
    setup: Sequence[str]
    options: Mapping[str, Any]

    @property
    def parameters(self) -> dict[str, Any]:
        """As Submitit names them; one process a job needs no `srun`."""
        memory = {} if self.memory_gb is None else {"mem": f"{self.memory_gb * MEGABYTES:.0f}M"}
        gpus = {"gpus_per_node": self.gpus} if self.gpus else {}
        one_thread = [f"export {name}={value}" for name, value in ONE_THREAD.items()]
        return {
            "job_name": "harness",
            "cpus_per_task": self.cpus,
            "time": self.minutes,
            "array_parallelism": self.at_a_time,
            "setup": [*self.setup, *one_thread],
            "use_srun": False,
            "additional_parameters": dict(self.options),
            **memory,
            **gpus,
        }


@dataclass
class _Group:
    """Trials that one Slurm job trains, one after the other. gone: how often Slurm has not known the job any more."""

    job: Any
    left: list[int]
    gone: int = 0


@dataclass
class SlurmCluster:
    """The `Machines` of a Slurm cluster; a context manager.

    Args:
        config: the sweep's own.

    Raises:
        InputError: from the beginning of the block: Slurm does not answer; later: it refuses the jobs.
    """

    asked: Asked
    config: DictConfig
    _groups: list[_Group] = field(default_factory=list)
    _begun: dict[int, float] = field(default_factory=dict)
    _tries: dict[int, int] = field(default_factory=dict)

    def __enter__(self) -> Self:
        try:
            _living()
        except (OSError, subprocess.SubprocessError) as error:
            found = f"Slurm does not answer ({in_one_line(error)})"
            raise InputError("hydra/launcher", found, "Start the sweep where `squeue` works") from error
        # It asks for accounts of jobs, which many clusters do not keep, and says so each time.
        logging.getLogger("submitit").setLevel(logging.ERROR)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end([group.job for group in self._groups])

    @property
    def cores(self) -> int:
        return self.asked.cpus

    def train(self, jobs: Mapping[int, DictConfig], on_end: OnEnd, on_points: OnPoints) -> None:
        """A trial whose job ends before it does begins again in another job, `tries` times; those behind it go along.

        A trial that was stopped resumes at its last epoch.
        """
        folder = folder_of(next(iter(jobs.values())))
        minutes = self.config.sweep.trial_minutes
        seconds = None if minutes is None else 60 * minutes
        names, late = in_words(jobs), set()
        for name in (TRAINED, CURVES):
            shutil.rmtree(folder / name, ignore_errors=True)
        curves = CurveFiles(folder / CURVES)
        try:
            self._submit(jobs, list(jobs), folder)
            asked_at = time.monotonic()
            while self._groups:
                time.sleep(SECONDS_BETWEEN_CHECKS)
                if time.monotonic() > asked_at + SECONDS_BETWEEN_QUESTIONS:
                    self._look_for_dead()
                    asked_at = time.monotonic()
                self._take_in(folder, curves, on_end, on_points)
                late |= self._end_late(folder, seconds)
                self._begin_again(jobs, folder, names, on_end, dict.fromkeys(late, f"it took longer than {seconds} s"))
        finally:
            self._end([group.job for group in self._groups])
            self._groups.clear()

    def _submit(self, jobs: Mapping[int, DictConfig], numbers: Sequence[int], folder: Path) -> None:
        size = self.asked.trials_per_job
        groups = [list(numbers[start : start + size]) for start in range(0, len(numbers), size)]
        for number in numbers:
            self._tries[number] = self._tries.get(number, 0) + 1
            self._begun.pop(number, None)
            (folder / SIGNS / str(number)).unlink(missing_ok=True)
        executor = submitit.SlurmExecutor(folder=folder / JOBS)
        try:
            executor.update_parameters(**self.asked.parameters)
            submitted = executor.map_array(
                _train,
                [{number: jobs[number] for number in group} for group in groups],
                [this_launcher()] * len(groups),
            )
        except Exception as error:
            found = f"Slurm refuses the jobs ({in_one_line(error)})"
            raise InputError("hydra.launcher", found, "Compare it with what `sbatch` takes there") from error
        self._groups += [_Group(job, group) for job, group in zip(submitted, groups, strict=True)]

    def _take_in(self, folder: Path, curves: CurveFiles, on_end: OnEnd, on_points: OnPoints) -> None:
        for group in list(self._groups):
            for number in list(group.left):
                if points := curves.fresh(number):
                    on_points(number, points)
                file = folder / TRAINED / f"{number}.pickle"
                if file.exists():
                    group.left.remove(number)
                    on_end(number, pickle.loads(file.read_bytes()))
                elif number not in self._begun and (folder / SIGNS / str(number)).exists():
                    self._begun[number] = time.monotonic()
            if not group.left:
                self._groups.remove(group)

    def _end_late(self, folder: Path, seconds: float | None) -> set[int]:
        now, late = time.monotonic(), set()
        for group in self._groups:
            found = [each for each in group.left if seconds is not None and now > self._begun.get(each, now) + seconds]
            if found:
                late |= set(found)
                self._end([group.job])
        return late

    def _look_for_dead(self) -> None:
        # Slurm can be out of reach for a while.
        with suppress(OSError, subprocess.SubprocessError):
            living = _living()
            for group in self._groups:
                group.gone = 0 if group.job.job_id in living else group.gone + 1

    def _begin_again(
        self,
        jobs: Mapping[int, DictConfig],
        folder: Path,
        names: Mapping[int, str],
        on_end: OnEnd,
        late: Mapping[int, str],
    ) -> None:
        again: list[int] = []
        for group in [group for group in self._groups if group.gone >= QUESTIONS_UNTIL_GONE]:
            self._groups.remove(group)
            # The others only stood behind it.
            died, *behind = group.left
            why = late.get(died) or f"its job or its machine died, see {group.job.paths.stderr}"
            if died in late or self._tries[died] >= self.asked.tries:
                on_end(died, why)
            else:
                print_text(f"{names[died]}: {why}; it begins again")
                again.append(died)
            for number in behind:
                self._tries[number] -= 1
            again += behind
        if again:
            self._submit(jobs, again, folder)

    def _end(self, jobs: Sequence[Any]) -> None:
        for job in jobs:
            with suppress(OSError, subprocess.SubprocessError):
                job.cancel(check=False)


def _living() -> set[str]:
    """The ids of this user's jobs that wait or run, as Submitit writes them."""
    command = ["squeue", "--noheader", "--array", "--user", str(os.getuid()), "--format", "%F_%K"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=SECONDS_TO_ANSWER)
    # Submitit makes no array of a single job.
    return {name.removesuffix("_N/A") for name in done.stdout.split()}


def _train(jobs: Mapping[int, DictConfig], launcher: Launcher) -> None:
    """Runs in a job of Slurm, in the directory that the sweep was started in."""
    # Submitit passes it by: a job that is cancelled would train on where Slurm knows processes by their parents alone.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for number, job in jobs.items():
        folder = folder_of(job)
        leave_sign(folder, number)

        def on_sign(
            standing: "Progress | None", points: list[Point], folder: Path = folder, number: int = number
        ) -> None:
            if standing is not None:
                write_standing(folder, number, standing)
            if points:
                append_points(folder / CURVES / str(number), points)
            leave_sign(folder, number)

        trained = train(job, launcher, True, on_sign)
        file = folder / TRAINED / f"{number}.pickle"
        file.parent.mkdir(exist_ok=True)
        partial = file.with_suffix(".partial")
        partial.write_bytes(pickle.dumps(trained))
        partial.replace(file)
