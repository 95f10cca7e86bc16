"""The state of a training between two epochs, in one file that is whole or not there."""

import io
import os
import warnings
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

FORMAT = "harness checkpoint 2"


@dataclass(frozen=True)
class Checkpoint:
    """What a training needs to go on as if it had never stopped, after `len(monitor)` epochs.

    variables: of the networks, the optimizer and the random generators; best: the weights of the best epoch;
    own_loss, monitor, seconds: by epoch.
    """

    variables: Sequence[np.ndarray]
    best: Sequence[np.ndarray]
    own_loss: Sequence[float]
    monitor: Sequence[float]
    seconds: Sequence[float]


def write(path: Path, checkpoint: Checkpoint) -> None:
    """Puts the checkpoint in the place of the one at `path`; one process at a time.

    Whatever happens, the process killed or the power lost, `path` holds the old one or the new one, whole.

    Raises:
        OSError: when it cannot be written; the old one stays.
    """
    # Into memory first: a zip file that meets a full disk half-way cannot be closed quietly.
    content = io.BytesIO()
    np.savez(
        content,
        allow_pickle=False,
        identity=_identity(checkpoint.variables, checkpoint.best),
        own_loss=np.array(checkpoint.own_loss, "float64"),
        monitor=np.array(checkpoint.monitor, "float64"),
        seconds=np.array(checkpoint.seconds, "float64"),
        **{f"variable_{i}": array for i, array in enumerate(checkpoint.variables)},
        **{f"best_{i}": array for i, array in enumerate(checkpoint.best)},
    )
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(content.getbuffer())
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError:
        with suppress(OSError):
            part.unlink()
        raise


def read(path: Path, variables: Sequence[np.ndarray], best: Sequence[np.ndarray]) -> Checkpoint | None:
    """The checkpoint at `path`, or None: without a word where there is none, with a warning where it is of no use.

    Args:
        variables, best: arrays of the shapes and dtypes that those of the checkpoint must have.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            if str(file["identity"]) != _identity(variables, best):
                raise ValueError("it is another training's")
            return Checkpoint(
                [file[f"variable_{i}"] for i in range(len(variables))],
                [file[f"best_{i}"] for i in range(len(best))],
                file["own_loss"].tolist(),
                file["monitor"].tolist(),
                file["seconds"].tolist(),
            )
    except FileNotFoundError:
        return None
    except Exception as error:  # a damaged file raises from zipfile, zlib, struct, tokenize, NumPy, ...
        warnings.warn(f"training starts anew, the checkpoint {path} cannot be used: {error}", stacklevel=1)
        return None


def _identity(*parts):
    """What must be equal for a checkpoint to fit: how it is written, and each array's shape and dtype."""
    return f"{FORMAT}: {[[(array.shape, str(array.dtype)) for array in part] for part in parts]}"
