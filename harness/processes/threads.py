"""How many threads TensorFlow computes with."""

from contextlib import suppress

from harness.checks import at_least
from harness.processes.tensorflow import import_tensorflow


def use_threads(threads: int) -> None:
    """Sets the threads of this process; one that has computed already keeps its own, which change no result.

    Raises:
        InputError: fewer than one.
    """
    at_least("threads", threads, 1)
    tf = import_tensorflow()
    with suppress(RuntimeError):
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
