"""One tuner trial, and one repeat of a search's best: what runs in a process of its own."""

import dataclasses
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.processes.tensorflow import import_tensorflow

import_tensorflow()

from harness.config.build import Parts, build  # noqa: E402
from harness.errors import InputError  # noqa: E402
from harness.processes.threads import use_threads  # noqa: E402
from harness.training.export import own_units  # noqa: E402
from harness.training.fit import predictor  # noqa: E402
from harness.trial import record, trial  # noqa: E402
from harness.trial.fingerprint import array_hash  # noqa: E402
from harness.trial.inputs import Inputs  # noqa: E402

CHECKPOINT = "checkpoint.npz"
NETWORK = "network.keras"


def train_repeat(config: Mapping[str, Any], names: Mapping[str, str], folder: Path, opening: list) -> None:
    """Trains and judges as a trial, and leaves the record in `folder`; of one that fails, the reason.

    Args:
        config: the resolved config of the repeat, without a search; names: see `Parts`.
        opening: of the run, as `record.opening` gives it.
    """
    use_threads(config["threads"])
    try:
        parts = build(config, names)
        inputs, network = trial.prepare(parts)
        trial.train_and_write(parts, inputs, network, folder, lambda epoch, history: None, opening)
    except Exception as error:
        write_failed(folder, record.reason(error), opening)


def train_tuner_trial(
    config: Mapping[str, Any],
    names: Mapping[str, str],
    folder: Path,
    opening: list,
    epochs: int | None,
    before: Path | None,
    validation: str,
) -> None:
    """Trains, judges on validation data alone, and leaves the record in `folder`; of one that fails, the reason.

    Args:
        config, names, opening: as for `train_repeat`.
        epochs: train for exactly so many, counted from the first; None: as the config has it.
        before: the folder of the tuner trial to go on from, or None.
        validation: the hash of the validation targets that all are judged on.
    """
    use_threads(config["threads"])
    try:
        parts = build(config, names)
        inputs, network = trial.prepare(parts)
        if array_hash(inputs.data.validation.y) != validation:
            found = "these values change the validation data, and scores on other data do not compare"
            raise InputError("search.space", found, "Search keys of data that leave the validation targets as they are")
        if epochs is not None:
            # Hyperband's epochs are the budget: nothing stops before they are used up.
            parts = dataclasses.replace(
                parts, training=dataclasses.replace(parts.training, epochs=epochs, patience=epochs)
            )
        if before and not (folder / CHECKPOINT).exists():
            partial = folder / f"{CHECKPOINT}.partial"
            shutil.copyfile(before / CHECKPOINT, partial)
            partial.replace(folder / CHECKPOINT)
        _train(parts, inputs, network, folder, opening)
    except Exception as error:
        write_failed(folder, record.reason(error), opening)


def write_failed(folder: Path, reason: str, opening: list) -> None:
    """Leaves the record of a tuner trial or a repeat that gave nothing."""
    record.write(folder, [], {"failure": reason}, lambda files: None, status="FAILED", opening=opening)


def _train(parts: Parts, inputs: Inputs, network: Any, folder: Path, opening: list) -> None:
    predict = predictor(network)
    history = trial.train(parts, inputs, network, predict, folder / CHECKPOINT, lambda epoch, history: None)
    metrics = {**trial.validator(parts, inputs, predict)(), "epochs": len(history.own_loss)}
    metrics["train_seconds"] = history.seconds[-1]
    own_units(network, inputs.data.scaling).save(folder / NETWORK)
    record.write(
        folder,
        record.points(metrics, (), history, parts.training.monitor),
        {"parameters": str(network.count_params())},
        lambda files: None,
        opening=opening,
    )
