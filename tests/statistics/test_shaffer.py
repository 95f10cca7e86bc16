from itertools import product

import numpy as np
import pytest

from harness.statistics.shaffer import shaffer


def test_by_hand():
    """Sorted: 0.01 (times 2), 0.02 (times 2, for its twin is left), 0.03 (times 2), 0.04 (times 1, as the first is
    wholly rejected; it rises to 0.06)."""
    given = np.array([[0.01, 0.03], [0.04, 0.02]])
    assert shaffer(given) == pytest.approx(np.array([[0.02, 0.06], [0.06, 0.04]]))


def test_one_comparison_is_not_corrected():
    assert shaffer(np.array([[0.2, 0.04]])) == pytest.approx(np.array([[0.2, 0.04]]))


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_it_rejects_nothing_that_the_closed_tests_do_not(count):
    """The closed test of Bonferroni over every set of hypotheses that may be true together: the level holds by it."""
    rng = np.random.default_rng(count)
    for _ in range(50):
        p = rng.uniform(size=(count, 2)) ** 3
        closed = np.zeros_like(p)
        # Of each comparison none, the first or the second is true.
        for chosen in product((None, 0, 1), repeat=count):
            true = [(i, k) for i, k in enumerate(chosen) if k is not None]
            if true:
                together = min(1, len(true) * min(p[place] for place in true))
                for place in true:
                    closed[place] = max(closed[place], together)
        assert (shaffer(p) >= closed - 1e-12).all()


def test_none():
    assert shaffer(np.empty((0, 2))).shape == (0, 2)
