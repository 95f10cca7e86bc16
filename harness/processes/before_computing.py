"""What TensorFlow is told before it computes anything, and does not heed afterwards."""

from pathlib import Path

from harness.processes.compiled import use_compiled
from harness.processes.threads import use_threads


def before_computing(threads: int, compiled: Path) -> None:
    """Tells TensorFlow how many threads it has, and where compiled programs stand.

    It is to come before anything is computed, a network's initial values too. Errors: see `use_threads`.
    """
    use_compiled(compiled)
    use_threads(threads)
