"""Imports TensorFlow as one of several processes, without what its libraries write about missing GPUs."""

import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

from harness.processes.gpus import visible_gpus
from harness.processes.importing import lean_imports

# Keras wraps the estimators of the first, shows images with the last, and takes tables and sparse matrices, which no
# window of three axes is: 1.2 of the 3.2 CPU-seconds of its import.
UNUSED_BY_KERAS = ("sklearn", "pandas", "scipy.sparse", "matplotlib")
XLA = "XLA_FLAGS"
# XLA's own are 3 and 256. With these a step of LSTM(32) takes .87 of the time, one of LSTM(64) .95, and compiling .9.
# No GPU was measured.
FLAGS_ON_CPU = ("--xla_backend_optimization_level=2", "--xla_cpu_prefer_vector_width=512")


def import_tensorflow() -> ModuleType:
    """The module, imported in silence; an import that fails shows all that it wrote."""
    with silent_tensorflow():
        import tensorflow
    # Each trial of a worker traces functions of its own, which TensorFlow takes for a mistake.
    tensorflow.get_logger().setLevel("ERROR")
    return tensorflow


@contextmanager
def silent_tensorflow() -> Iterator[None]:
    """A block in which TensorFlow, if anything imports it, is imported in silence.

    Its libraries write to the process's standard error before any of TensorFlow's own settings for logs hold. What
    else the block writes there is shown.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # Else the first process takes a GPU's whole memory. TensorFlow reads it before it meets a GPU.
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    os.environ[XLA] = xla_flags()
    warnings.filterwarnings("ignore", module="keras")
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


def xla_flags() -> str:
    """What XLA compiles with: the flags of this project where no GPU is seen, and those of the environment after them.

    XLA takes the last of two flags of one name, and reads them when it first compiles.
    """
    # Those of this project may come from a parent, or from the machine that has launched a sweep, which sees no GPU.
    given = [flag for flag in os.environ.get(XLA, "").split() if flag not in FLAGS_ON_CPU]
    return " ".join([*(() if visible_gpus() else FLAGS_ON_CPU), *given])


class _Finder(MetaPathFinder):
    """Finds TensorFlow, and Keras that imports it, where the others do, and has them imported in silence."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in ("tensorflow", "keras"):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader.exec_module = partial(_execute_in_silence, spec.loader.exec_module)
        return spec


def _execute_in_silence(execute: Callable[[ModuleType], None], module: ModuleType) -> None:
    with lean_imports(UNUSED_BY_KERAS), _standard_error_held_back():
        execute(module)


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
