"""Imports TensorFlow as one of several processes, without what its libraries write about missing GPUs."""

import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from harness.processes.importing import importing

# Keras wraps the one's estimators and shows images with the other: 0.6 of the 3.3 CPU-seconds of its import.
UNUSED_BY_KERAS = ("sklearn", "matplotlib.pyplot")


def import_tensorflow() -> ModuleType:
    """The module, imported in silence; an import that fails shows all that it wrote.

    Its libraries write to the process's standard error before any of TensorFlow's own settings for logs hold.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # Else the first process takes a GPU's whole memory. TensorFlow reads it before it meets a GPU.
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    warnings.filterwarnings("ignore", module="keras")
    with importing("tensorflow", without=UNUSED_BY_KERAS), _standard_error_held_back():
        import tensorflow
    # Each trial of a worker traces functions of its own, which TensorFlow takes for a mistake.
    tensorflow.get_logger().setLevel("ERROR")
    return tensorflow


@contextmanager
def _standard_error_held_back() -> Iterator[None]:
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except Exception:
            held.seek(0)
            os.write(kept, held.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
