import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import TTestPower

from harness.errors import InputError
from harness.statistics.mean_test import p_of_mean
from harness.statistics.power import seeds_for

PLAN = {"comparisons": 1, "level": 0.05, "power": 0.8}


def sure(deviation, free=10**6):
    """Differences so many that their deviation is known; and alike when cut to any even number."""
    return deviation * np.tile([-1.0, 1.0], free // 2)


def test_the_textbooks_34():
    """A paired t test finds half a deviation with 80 % power at 5 % on 34 pairs (Cohen 1988; G*Power 3)."""
    assert seeds_for(sure(1), 0.5, **PLAN) == 34


@pytest.mark.parametrize(("effect", "comparisons"), [(0.3, 1), (0.3, 5), (0.5, 5), (2, 1)])
def test_the_fewest_that_statsmodels_finds_enough(effect, comparisons):
    """Below six and from thirty seeds on, where Student's t is the test or nearly so."""
    needed = seeds_for(sure(1), effect, comparisons=comparisons, level=0.05, power=0.8)
    assert needed < 6 or needed >= 30
    enough, fewer = (TTestPower().power(effect, n, 0.05 / comparisons) for n in (needed, needed - 1))
    assert fewer < 0.8 <= enough + 1e-3


@pytest.mark.parametrize(("effect", "comparisons"), [(0.8, 1), (1, 5), (1.5, 2)])
def test_between_the_test_that_is_made_has_the_power(effect, comparisons):
    """In 20,000 other samples; 3 deviations of both simulations are 2.1 %."""
    needed = seeds_for(sure(1), effect, comparisons=comparisons, level=0.05, power=0.8)
    assert 6 <= needed < 30
    rng = np.random.default_rng(1)
    enough, fewer = (
        (p_of_mean(rng.normal(effect, size=(20_000, n))) < 0.05 / comparisons).mean() for n in (needed, needed - 1)
    )
    assert fewer - 0.021 < 0.8 < enough + 0.021


def test_few_seeds_are_not_believed():
    """Five of deviation 1 count as sqrt(4 / 1.6488) = 1.5576, where 1.6488 is the 20 % point of chi-squared, 4."""
    five = np.array([-1.0, -1.0, 0.0, 1.0, 1.0])
    assert seeds_for(five, 0.5, **PLAN) == seeds_for(sure(1.5576), 0.5, **PLAN) > 2 * 34


@pytest.mark.slow
def test_the_bound_holds_as_often_as_the_power():
    rng = np.random.default_rng(0)
    true = seeds_for(sure(1), 1.0, **PLAN)
    assert np.mean([seeds_for(rng.normal(size=5), 1.0, **PLAN) >= true for _ in range(500)]) >= 0.8


def test_the_unit_cancels():
    differences = np.array([0.1, -0.3, 0.4, 0.2])
    assert seeds_for(differences, 0.1, **PLAN) == seeds_for(1000 * differences, 100, **PLAN)


@pytest.mark.parametrize("differences", [np.zeros(3), np.full(5, 0.3)])
def test_no_spread_needs_two(differences):
    assert seeds_for(differences, 0.01, **PLAN) == 2


def test_a_large_effect_needs_as_many_as_t_can_tell():
    """Two seeds find 100 deviations: t of 97.5 % and 1 degree is 12.7."""
    assert stats.t.ppf(0.975, 1) < 100
    assert seeds_for(sure(1), 100, **PLAN) == 2


def test_a_hopeless_effect_ends():
    assert seeds_for(sure(1.0, 10), 1e-9, **PLAN) == 10**7


def test_one_seed():
    with pytest.raises(InputError, match="Plans need two seeds or more"):
        seeds_for(np.ones(1), 1.0, **PLAN)


def test_nothing_to_find():
    with pytest.raises(InputError, match=r"report.effects: got a difference of 0 to find"):
        seeds_for(np.arange(3.0), 0.0, **PLAN)
