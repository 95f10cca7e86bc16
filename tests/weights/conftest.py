import numpy as np
import pytest

from harness.spec import Split


def _split(start: int, n: int, outputs: int, weights: np.ndarray | None = None, samples: int = 1000) -> Split:
    """Samples start, start + 1, ... of `samples` of one series, whose output l has the values (l + 1) * sample."""
    index = np.arange(start, start + n)
    y = np.outer(index, np.arange(1.0, outputs + 1))
    return Split(np.zeros((n, 3, 1)), y, index, samples, weights, series=np.zeros(n, int))


@pytest.fixture
def split():
    return _split
