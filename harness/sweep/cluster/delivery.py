"""Keeps what other machines trained, on the machine that launched the sweep: no other one needs the store."""

import json
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from harness.config.build import build_data, build_sources, build_tracking, resolve
from harness.config.keys import GROUPS
from harness.config.variant import labels_of
from harness.errors import HarnessError, InputError, TrackingError
from harness.kinds import Config
from harness.processes.tensorflow import import_tensorflow
from harness.spec import Outcome
from harness.sweep.cluster.node import Trained
from harness.sweep.cluster.parcel import unpack
from harness.tracking.logger import Logger
from harness.tracking.tracking import Tracking
from harness.trial import record
from harness.trial.claim import claim
from harness.trial.inputs import Inputs, read_inputs
from harness.trial.opening import opening_of
from harness.trial.record import Failure


@dataclass(frozen=True)
class _Trial:
    """What of a trial's parts `claim` needs; without the network, which would import TensorFlow."""

    config: Config
    names: dict[str, str]
    labels: dict[str, str]
    tracking: Tracking

    @classmethod
    def of(cls, config: DictConfig) -> "_Trial":
        """config: a job's, with Hydra's own keys."""
        resolved, choices = resolve(config), config.hydra.runtime.choices
        names = {group: choices[group] for group in GROUPS}
        return cls(resolved, names, labels_of(config.hydra.overrides.task), build_tracking(resolved))

    @property
    def seed(self) -> int:
        return self.config["seed"]

    @property
    def fold(self) -> int:
        return self.config["fold"]

    @property
    def sweep(self) -> str | None:
        return self.config["sweep"]["id"]

    @property
    def folders(self) -> Path:
        return Path(self.config["trials"])

    def inputs(self) -> Inputs:
        source = json.dumps(self.config["data"])
        return read_inputs(replace(build_sources(self.config), data=lambda: _data(source, self.fold)))


def begin(config: DictConfig) -> Logger:
    """Starts the run of a trial that another machine trains; what it is started on.

    Args:
        config: the job's, with Hydra's own keys.

    Raises:
        HarnessError: the store is out of reach, or the data cannot be read.
    """
    trial = _Trial.of(config)
    return _started(trial, trial.inputs())


def deliver(config: DictConfig, trained: Trained, logger: Logger | None = None) -> Outcome:
    """Keeps what was trained as a tracked run, as if it had been trained here; its outcome.

    Args:
        config: the job's, with Hydra's own keys.
        logger: what `begin` gave, or None.

    Raises:
        HarnessError: the other machine trained something else than was planned here.
        OSError: what it sent cannot be written, or read.
    """
    trial = _Trial.of(config)
    if trained.failure is not None:
        _keep_failure(trial, trained.failure, logger)
        return trained.outcome
    inputs, there = trial.inputs(), trained.outcome.fingerprint
    if inputs.fingerprint != there:
        found = f"the other machine read other data, or runs other code (its fingerprint is {there})"
        raise InputError("hydra.launcher", found, f"Have the same files on both; here it is {inputs.fingerprint}")
    if trained.parcel is not None:
        unpack(trained.parcel, trial.folders / there)
    return _commit(trial, inputs, logger)


def deliver_waiting(config: DictConfig) -> Outcome | None:
    """Keeps the record of a trial that waits here since the store was out of reach; None where there is none."""
    trial = _Trial.of(config)
    if not any(trial.folders.glob(f"*/{record.FOLDER}")):
        return None
    with suppress(HarnessError):
        inputs = trial.inputs()
        if trial.config["resume"] and record.is_written(trial.folders / inputs.fingerprint):
            return _commit(trial, inputs, None)
    return None


def keep_failure(config: DictConfig, failure: Failure, logger: Logger | None) -> None:
    """Keeps a run for a trial of which no more than its end is known, so that the store holds the reason, too.

    logger: what `begin` gave, or None.
    """
    _keep_failure(_Trial.of(config), failure, logger)


def _commit(trial: _Trial, inputs: Inputs, logger: Logger | None) -> Outcome:
    # A store that keeps the network imports it, and so not in silence.
    import_tensorflow()
    # By now it is trained: the record is there to stay, also where nothing of an earlier start was to count.
    reuse = trial.config["resume"]
    with claim(trial, inputs, trial.labels, trial.sweep, resume=True, reuse=reuse, logger=logger) as run:
        return run.commit()


def _keep_failure(trial: _Trial, failure: Failure, logger: Logger | None) -> None:
    with suppress(TrackingError):
        if logger is None:
            inputs = None
            with suppress(HarnessError):
                inputs = trial.inputs()
            logger = _started(trial, inputs)
        record.close_failed(logger, failure)


def _started(trial: _Trial, inputs: Inputs | None) -> Logger:
    logger = trial.tracking.logger()
    logger.start(opening_of(trial.config, trial.names, trial.labels, trial.sweep, inputs))
    return logger


@lru_cache(maxsize=2)
def _data(source: str, fold: int) -> Any:
    """The trials of a sweep share their data, mostly."""
    return build_data(json.loads(source), fold)()
