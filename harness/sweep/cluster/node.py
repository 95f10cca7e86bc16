"""What a machine of a cluster does with one trial of a sweep: everything but to keep it in the store."""

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import setup_globals
from omegaconf import DictConfig

from harness.errors import InputError, in_one_line
from harness.spec import Outcome
from harness.sweep.cluster.parcel import pack
from harness.sweep.job import Job, failed
from harness.tracking.absent import AbsentStore
from harness.tracking.tracking import Tracking
from harness.trial.fingerprint import device, versions
from harness.trial.origin import Origin, copied_from, git_commit, uncommitted
from harness.trial.points import Point, curve_points
from harness.trial.record import Failure, failure_of

if TYPE_CHECKING:
    from harness.search.trainings import Progress
    from harness.training.history import History

# What computes a trial, by name: versions of packages, and the device.
Machine = Mapping[str, str]
DEVICE = "device"


@dataclass(frozen=True)
class Trained:
    """What comes of a trial on another machine.

    Attributes:
        outcome: without the store's name for its run.
        failure: why it failed, or None.
        parcel: its folder with its record, packed; None where that stays on a disk that both machines see, or where it
            failed.
    """

    outcome: Outcome
    failure: Failure | None
    parcel: bytes | None


@dataclass(frozen=True)
class Launcher:
    """The machine that launched a sweep.

    machine: what its fingerprints say of the machine that computes; origin: of its code.
    """

    machine: Machine
    origin: Origin


def this_launcher() -> Launcher:
    """What other machines have to know of this one."""
    return Launcher(_this_machine(), Origin(git_commit(), uncommitted()))


def _this_machine() -> Machine:
    return {**versions(), DEVICE: device()}


def train(
    config: DictConfig, launcher: Launcher, shares_disk: bool, on_sign: "Callable[[Progress | None, list[Point]], None]"
) -> Trained:
    """Trains, evaluates, and writes the record of one trial; an error is a result, too.

    Args:
        config: the job's, with Hydra's own keys.
        shares_disk: whether the trial's folder is on a disk that the launching machine sees.
        on_sign: called after every epoch with its points of the learning curves, and after every training of a search
            with how far that is.
    """
    taken = 0

    def on_epoch(epoch: int, history: "History") -> None:
        nonlocal taken
        fresh = curve_points(history, config.train.monitor, taken)
        # Of a training that resumed, the epochs before it too.
        taken = len(history.monitor)
        on_sign(None, fresh)

    setup_globals()
    HydraConfig.instance().set_config(config)
    copied_from(launcher.origin)
    try:
        _check(launcher.machine)
        job = Job(config, Tracking(AbsentStore(), {}))
        run = job.prepare(on_epoch, lambda progress: on_sign(progress, []))
        outcome = run(config.sweep.id, config.resume)
        parcel = None if shares_disk else pack(Path(config.trials) / outcome.fingerprint)
    except Exception as error:
        return Trained(failed(config, in_one_line(error)), failure_of(error), None)
    return Trained(outcome, None, parcel)


def _check(planned_for: Machine) -> None:
    """Raises InputError where another machine's result would not be that of the sweep's plan."""
    here, node = _this_machine(), socket.gethostname()
    for name, wanted in planned_for.items():
        if here[name] == wanted:
            continue
        if name == DEVICE:
            found = f"the sweep was planned for {wanted}, and {node} computes on {here[name]}"
            raise InputError("hydra.launcher.device", found, f"Write hydra.launcher.device='{here[name]}'")
        found = f"{node} has {name} {here[name]}, and the launching machine {wanted}"
        raise InputError("hydra.launcher", found, "Install the same versions on every machine")
