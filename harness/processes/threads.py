"""How many threads TensorFlow computes with."""

from contextlib import suppress

from harness.checks import at_least
from harness.processes.tensorflow import import_tensorflow


def use_threads(threads: int) -> None:
    """Sets the number of threads of this process.

    A process that has computed already keeps the number that it has. The number can change a result in its last
    digits: an LSTM of 96 units differs at 1e-10 between one thread and two.

    Raises:
        InputError: fewer than one.
    """
    at_least("threads", threads, 1)
    tf = import_tensorflow()
    with suppress(RuntimeError):
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
