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

from harness.processes.importing import lean_imports

# Keras wraps the estimators of the first, shows images with the last, and takes tables and sparse matrices, which no
# window of three axes is: 1.2 of the 3.2 CPU-seconds of its import.
UNUSED_BY_KERAS = ("sklearn", "pandas", "scipy.sparse", "matplotlib")


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
    warnings.filterwarnings("ignore", module="keras")
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


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
