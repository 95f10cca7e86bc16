"""A sweep's trials as tasks of Ray: what `hydra/launcher=ray` does."""

import logging
import os
import signal
import socket
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import ray
from omegaconf import DictConfig
from ray.exceptions import RayError, RayTaskError, TaskCancelledError

from harness.config.allowed import VARIABLE
from harness.errors import InputError, in_one_line
from harness.processes.child import ONE_THREAD
from harness.sweep.cluster.code import copy_code
from harness.sweep.cluster.launch import OnEnd, OnPoints, folder_of, in_words
from harness.sweep.cluster.node import Launcher, Trained, this_launcher, train
from harness.sweep.outcomes import write_standing
from harness.sweep.signs import leave_sign
from harness.terminal.messages import print_text
from harness.trial.points import Point

if TYPE_CHECKING:
    from harness.search.trainings import Progress

LOCAL = "local"
SECONDS_BETWEEN_CHECKS = 0.5
SECONDS_TO_ANSWER = 10
# Ray's name for the machine that a cluster lives and dies with.
ON_THE_HEAD = {"node:__internal_head__": 0.001}
GIGABYTE = 2**30


@dataclass(frozen=True)
class Asked:
    """What a sweep asks of Ray: see conf/hydra/launcher/ray.yaml."""

    address: str
    cpus: float
    gpus: float
    memory_gb: float | None
    tries: int
    working_dir: str | None

    @property
    def resources(self) -> dict[str, float]:
        """What one trial takes, as Ray's options."""
        memory = {} if self.memory_gb is None else {"memory": self.memory_gb * GIGABYTE}
        return {"num_cpus": self.cpus, "num_gpus": self.gpus, **memory}


@dataclass
class _Trial:
    """A trial that is under way. begun: when it did, in seconds of `time.monotonic`, None while it waits."""

    number: int
    tries: int = 1
    begun: float | None = None
    late: bool = False


class Post:
    """An actor on the head: trials leave their signs of life with it, and the launching machine takes them away."""

    def __init__(self) -> None:
        self._letters: list[tuple[int, Any, list[Point]]] = []

    def leave(self, number: int, standing: Any, points: list[Point]) -> None:
        """standing: how far the search of trial `number` is, or None; points: of its learning curves."""
        self._letters.append((number, standing, points))

    def take(self) -> list[tuple[int, Any, list[Point]]]:
        """What was left since the last call."""
        letters, self._letters = self._letters, []
        return letters


@dataclass
class RayCluster:
    """The `Machines` of a Ray cluster; a context manager, connected within its block.

    Args:
        config: the sweep's own.

    Raises:
        InputError: from the beginning of the block: nothing answers at the address, or no machine of this one has what
            a trial asks for.
    """

    asked: Asked
    config: DictConfig
    _under_way: dict[Any, _Trial] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self._code = tempfile.TemporaryDirectory()
        try:
            self._connect()
            self._check_resources()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        self._post: Any = ray.remote(Post).options(num_cpus=0, resources=ON_THE_HEAD).remote()
        self._task: Any = ray.remote(_train).options(**self.asked.resources, max_retries=0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        ray.shutdown()
        self._code.cleanup()

    @property
    def cores(self) -> int:
        return max(1, int(self.asked.cpus))

    def train(self, jobs: Mapping[int, DictConfig], on_end: OnEnd, on_points: OnPoints) -> None:
        """A job whose machine, or whose process, dies is run again, on whichever machine is free, `tries` times."""
        minutes = self.config.sweep.trial_minutes
        seconds = None if minutes is None else 60 * minutes
        launcher, names = this_launcher(), in_words(jobs)
        try:
            for number, job in jobs.items():
                self._submit(_Trial(number), job, launcher)
            while self._under_way:
                ready, _ = ray.wait(list(self._under_way), num_returns=1, timeout=SECONDS_BETWEEN_CHECKS)
                self._read_post(jobs, on_points)
                self._end_late(seconds)
                for reference in ready:
                    trial = self._under_way.pop(reference)
                    result = _result(reference)
                    if isinstance(result, RayError) and not trial.late and trial.tries < self.asked.tries:
                        print_text(f"{names[trial.number]}: its machine or its process died; it begins again")
                        self._submit(_Trial(trial.number, trial.tries + 1), jobs[trial.number], launcher)
                    else:
                        on_end(trial.number, _described(result, trial, seconds))
        finally:
            for reference in self._under_way:
                with suppress(Exception):
                    ray.cancel(reference, force=True)
            self._under_way.clear()

    def _submit(self, trial: _Trial, job: DictConfig, launcher: Launcher) -> None:
        self._under_way[self._task.remote(job, launcher, self._post, self._folder)] = trial

    def _read_post(self, jobs: Mapping[int, DictConfig], on_points: OnPoints) -> None:
        begun = {trial.number: trial for trial in self._under_way.values() if trial.begun is None}
        living = {trial.number for trial in self._under_way.values()}
        for number, standing, points in ray.get(self._post.take.remote()):
            if number in begun:
                begun[number].begun = time.monotonic()
            folder = folder_of(jobs[number])
            if standing is not None:
                write_standing(folder, number, standing)
            # By the clock of this machine.
            leave_sign(folder, number)
            if points and number in living:
                on_points(number, points)

    def _end_late(self, seconds: float | None) -> None:
        for reference, trial in self._under_way.items():
            if seconds is not None and trial.begun is not None and time.monotonic() > trial.begun + seconds:
                trial.late = True
                ray.cancel(reference, force=True)

    def _connect(self) -> None:
        # Of a cluster that is started here; Ray asks whoever starts it by hand.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        own: dict[str, Any] = {"include_dashboard": False} if self.asked.address == LOCAL else {}
        _check_address(self.asked.address)
        ends = signal.getsignal(signal.SIGTERM)
        try:
            ray.init(
                address=self.asked.address,
                runtime_env=self._environment(),
                logging_level=logging.ERROR,
                log_to_driver=False,
                **own,
            )
        except ConnectionError as error:
            raise _no_answer(self.asked.address, error) from error
        except Exception as error:
            found = f"Ray at {self.asked.address!r} refuses this sweep ({in_one_line(error)})"
            instead = "Compare its version, and the size of hydra.launcher.working_dir, with what it takes"
            raise InputError("hydra.launcher", found, instead) from error
        finally:
            # Ray takes this signal for itself.
            signal.signal(signal.SIGTERM, ends)

    def _environment(self) -> dict[str, Any]:
        """What Ray brings to every machine: this project's code, the working directory, and variables."""
        modules = [str(place) for place in copy_code(Path(self._code.name))]
        variables = {**ONE_THREAD, VARIABLE: os.environ.get(VARIABLE, "")}
        environment = {"py_modules": modules, "env_vars": variables}
        if self.asked.working_dir is None:
            return environment
        written = (self.config.trials, self.config.compiled, self.config.sweep.folder, self.config.hydra.sweep.dir)
        places = (Path(place) for place in written)
        left_out = [f"/{place}/" for place in places if not place.is_absolute()]
        return {**environment, "working_dir": self.asked.working_dir, "excludes": [".*/", *left_out]}

    @property
    def _folder(self) -> str | None:
        return os.getcwd() if self.asked.working_dir is None else None

    def _check_resources(self) -> None:
        """A cluster may grow; one that was started here does not."""
        if self.asked.address != LOCAL:
            return
        there = ray.cluster_resources()
        for name, key, wanted in (("CPU", "cpus", self.asked.cpus), ("GPU", "gpus", self.asked.gpus)):
            if wanted > there.get(name, 0):
                found = f"got {wanted:g}, and this machine has {there.get(name, 0):g}"
                raise InputError(f"hydra.launcher.{key}", found, "Ask for less, or write the address of a cluster")


def _check_address(address: str) -> None:
    """Raises InputError where nothing listens: Ray itself asks for minutes, and then ends this process."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not port.isdecimal():
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), SECONDS_TO_ANSWER).close()
    except (OSError, OverflowError) as error:
        raise _no_answer(address, error) from error


def _no_answer(address: str, error: Exception) -> InputError:
    found = f"no Ray cluster answers at {address!r} ({in_one_line(error)})"
    instead = "Start one with `ray start --head`, or write hydra.launcher.address=local"
    return InputError("hydra.launcher.address", found, instead)


def _train(job: DictConfig, launcher: Launcher, post: Any, folder: str | None) -> Trained:
    """Runs on whichever machine Ray chooses."""
    if folder is not None:
        os.chdir(folder)
    number = job.hydra.job.num
    post.leave.remote(number, None, [])

    def on_sign(standing: "Progress | None", points: list[Point]) -> None:
        post.leave.remote(number, standing, points)

    return train(job, launcher, False, on_sign)


def _result(reference: Any) -> Trained | Exception:
    try:
        return ray.get(reference)
    except RayTaskError as error:
        # Not the cluster's fault: another try would end the same way.
        return ValueError(in_one_line(error))
    except RayError as error:
        return error


def _described(result: Trained | Exception, trial: _Trial, seconds: float | None) -> Trained | str:
    if isinstance(result, Trained):
        return result
    if trial.late or isinstance(result, TaskCancelledError):
        return f"it took longer than {seconds:g} s"
    if not isinstance(result, RayError):
        return str(result)
    times = "" if trial.tries == 1 else f" {trial.tries} times"
    return f"its machine or its process died{times}: {in_one_line(result)[:200]}"
