import numpy as np
import pytest

from harness.errors import InputError
from harness.statistics.interval import bootstrap_interval


def interval(scores, confidence=0.95, resamples=2000, seed=0):
    rng = np.random.default_rng(seed)
    return bootstrap_interval(np.array(scores), confidence=confidence, resamples=resamples, rng=rng)


def test_few_seeds_have_students_interval():
    """t of 97.5 % and 4 degrees: 2.77645."""
    assert interval([1.0, 2.0, 3.0, 4.0, 5.0]) == pytest.approx((3 - 2.776445 * 0.5**0.5, 3 + 2.776445 * 0.5**0.5))


def test_many_symmetric_scores_come_near_students():
    """t of 97.5 % and 19 degrees: 2.09302; scores 1 to 20, error sqrt(35 / 20)."""
    low, high = interval(np.arange(1.0, 21), resamples=20000)
    wide = 2.093024 * (35 / 20) ** 0.5
    assert low == pytest.approx(10.5 - wide, abs=0.15)
    assert high == pytest.approx(10.5 + wide, abs=0.15)


def test_skewed_scores_have_a_skewed_interval():
    scores = np.exp(np.linspace(-2, 2, 20))
    low, high = interval(scores)
    assert high - scores.mean() > 1.1 * (scores.mean() - low)


@pytest.mark.parametrize("seeds", [5, 10, 20])
def test_it_covers_as_often_as_it_says(seeds):
    """Of 600 intervals of 90 %; 3 deviations of that count are 3.7 %."""
    rng = np.random.default_rng(0)
    bounds = [bootstrap_interval(rng.normal(size=seeds), confidence=0.9, resamples=300, rng=rng) for _ in range(600)]
    assert np.mean([low <= 0 <= high for low, high in bounds]) == pytest.approx(0.9, abs=0.037)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("seeds", [2, 5, 12])
def test_scores_that_are_all_alike(seeds):
    assert interval([0.3] * seeds) == (0.3, 0.3)


@pytest.mark.filterwarnings("error")
def test_all_alike_but_one():
    low, high = interval([0.3] * 11 + [0.4])
    assert 0.3 - 1e-12 < low < 0.3 + 0.1 / 12 < high < 0.4


def test_the_generator_decides():
    scores = np.random.default_rng(1).normal(size=12)
    assert interval(scores) == interval(scores) != interval(scores, seed=1)


def test_one_seed():
    with pytest.raises(InputError, match="Intervals need two seeds or more; sweep seed=0,1,2"):
        interval([1.0])
