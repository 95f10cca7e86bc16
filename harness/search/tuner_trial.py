"""One tuner trial, and one repeat of a search's best: what runs in a process of the search's pool."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from harness.kinds import Config
from harness.processes.tensorflow import import_tensorflow

import_tensorflow()

import keras  # noqa: E402
import numpy as np  # noqa: E402

from harness.config.build import Parts, build  # noqa: E402
from harness.errors import InputError, disk_error, in_one_line  # noqa: E402
from harness.processes.before_computing import before_computing  # noqa: E402
from harness.tracking.logger import Opening  # noqa: E402
from harness.training.export import export_network  # noqa: E402
from harness.trial import record, trial  # noqa: E402
from harness.trial.fingerprint import array_hash  # noqa: E402
from harness.trial.inputs import Inputs  # noqa: E402
from harness.trial.points import points  # noqa: E402

CHECKPOINT = "checkpoint.npz"
NETWORK = "network.keras"


@dataclass(frozen=True)
class Repeat:
    """A repeat of the best values.

    Attributes:
        config: its resolved config, without a search.
        names: see `Parts`.
        folder: where its record will be.
        opening: of its run, as `opening_of` gives it.
    """

    config: Config
    names: Mapping[str, str]
    folder: Path
    opening: Opening


@dataclass(frozen=True)
class TunerTrial(Repeat):
    """A tuner trial.

    Attributes:
        epochs: train for exactly so many, counted from the first; None: as the config has it.
        before: the folder of the tuner trial that it resumes, or None.
        validation: the hash of the validation targets that all tuner trials are evaluated on.
    """

    epochs: int | None
    before: Path | None
    validation: str


def prepare_process() -> Callable[[Repeat | TunerTrial], OSError | None]:
    """What runs a job in a process of the search's pool; to unpickle this function imports TensorFlow there."""
    return train


def train(job: Repeat | TunerTrial) -> OSError | None:
    """Trains, and leaves the record in the job's folder; of one that fails, the reason.

    A repeat is evaluated as a trial, a tuner trial on validation data alone.

    Returns:
        what the disk failed with: that is no result of these values, and leaves no record.
    """
    before_computing(job.config["threads"], Path(job.config["compiled"]))
    try:
        job.folder.mkdir(parents=True, exist_ok=True)
        if isinstance(job, TunerTrial):
            _train_tuner_trial(job)
        else:
            parts = build(job.config, job.names)
            inputs, network = trial.prepare(parts)
            trial.train_and_write(parts, inputs, network, job.folder, lambda epoch, history: None, job.opening)
    except Exception as error:
        if failed := disk_error(error):
            return failed
        write_failed(job.folder, in_one_line(error), job.opening)


def write_failed(folder: Path, reason: str, opening: Opening) -> None:
    """Leaves the record of a tuner trial or a repeat that failed."""
    folder.mkdir(parents=True, exist_ok=True)
    record.write(folder, [], {"failure": reason}, lambda files: None, status="FAILED", opening=opening)


def _train_tuner_trial(job: TunerTrial) -> None:
    parts = build(job.config, job.names)
    inputs, network = trial.prepare(parts)
    if array_hash(inputs.data.validation.truth) != job.validation:
        found = "these values change the validation data, and scores on other data do not compare"
        raise InputError("search.space", found, "Search keys of data that leave the validation targets as they are")
    if job.epochs is not None:
        # Hyperband's epochs are the budget: nothing stops before they are used up.
        parts = replace(parts, training=replace(parts.training, epochs=job.epochs, patience=job.epochs))
    # Without one, training starts from its first epoch: it takes longer and ends the same.
    if job.before and (job.before / CHECKPOINT).exists() and not (job.folder / CHECKPOINT).exists():
        partial = job.folder / f"{CHECKPOINT}.partial"
        shutil.copyfile(job.before / CHECKPOINT, partial)
        partial.replace(job.folder / CHECKPOINT)
    _train_and_write(parts, inputs, network, job)


def _train_and_write(parts: Parts, inputs: Inputs, network: keras.Model, job: TunerTrial) -> None:
    with trial.trained(parts, inputs, network, job.folder / CHECKPOINT, lambda epoch, history: None) as done:
        history = done.history
        metrics = {**(history.validation or done.evaluator.on_validation()), "epochs": len(history.own_loss)}
        metrics["train_seconds"] = history.seconds[-1]
        export_network(done.network, inputs.data.scaling).save(job.folder / NETWORK)
    record.write(
        job.folder,
        points(metrics, np.empty(0), history, parts.training.monitor),
        trial.parameter_counts(network, history),
        lambda files: None,
        opening=job.opening,
    )
