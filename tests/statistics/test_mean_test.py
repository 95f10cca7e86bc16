import numpy as np
import pytest
from scipy import stats

from harness.errors import InputError
from harness.statistics.mean_test import mean_test, p_of_mean


def interval(values, confidence=0.95):
    tested = mean_test(np.array(values), confidence=confidence)
    return tested.low, tested.high


def test_few_values_have_students_interval():
    """t of 97.5 % and 4 degrees: 2.77645."""
    assert interval([1.0, 2.0, 3.0, 4.0, 5.0]) == pytest.approx((3 - 2.776445 * 0.5**0.5, 3 + 2.776445 * 0.5**0.5))


def test_symmetric_values_have_students_interval():
    """Their skewness is 0; t of 97.5 % and 19 degrees: 2.09302; values 1 to 20, error sqrt(35 / 20)."""
    wide = 2.093024 * (35 / 20) ** 0.5
    assert interval(np.arange(1.0, 21)) == pytest.approx((10.5 - wide, 10.5 + wide))


def test_p_of_skewed_values_is_halls():
    """0, 0, 0, 0, 0, 6: mean 1, deviation sqrt(6), t = 1; m2 = 5, m3 = 20, so skewness 4 / sqrt(5) sqrt(30) / 4.

    That is sqrt(6), and u = sqrt(6) / (3 sqrt(6)) = 1/3: 1 + 1/3 + 1/27 + 1/6 = 83/54.
    The mirror image: -1 + 1/3 - 1/27 - ... with u = -1/3 and t = -1 is -83/54.
    And 0 - 2, with mean -1, t = -1, u = 1/3: -1 + 1/3 - 1/27 + 1/6 = -29/54, where |t| is larger and p Hall's.
    """
    values = np.array([0.0, 0, 0, 0, 0, 6])
    student = 2 * stats.t.sf(1, 5)
    hall = 2 * stats.t.sf(29 / 54, 5)
    assert p_of_mean(values) == pytest.approx(student)
    assert p_of_mean(-values) == pytest.approx(student)
    assert p_of_mean(values - 2) == pytest.approx(hall)
    assert mean_test(values - 2, confidence=0.95).p_value == pytest.approx(hall)


def test_the_skewness_of_others_can_only_raise_p():
    """0, 0, 0, 0, 0, 6 less 2: t = -1. With the skewness 0 of others alone Hall's p would be Student's, which is lower.

    With sqrt(24), u = 2/3: -1 + 2/3 - 4/27 + 1/3 = -4/27, and p is that of 4/27.
    """
    values = np.array([0.0, 0, 0, 0, 0, 6]) - 2
    assert p_of_mean(values, np.array(0.0)) == p_of_mean(values)
    assert p_of_mean(values, np.array(24**0.5)) == pytest.approx(2 * stats.t.sf(4 / 27, 5))
    assert mean_test(values, confidence=0.95, common=24**0.5).p_value == pytest.approx(2 * stats.t.sf(4 / 27, 5))


@pytest.mark.parametrize("common", [-1.5, 0.0, 2.5])
def test_with_the_skewness_of_others_too_the_interval_ends_where_p_reaches_the_level(common):
    values = np.random.default_rng(0).normal(size=9)
    tested = mean_test(values, confidence=0.95, common=common)
    assert p_of_mean(values - tested.low, np.array(common)) == pytest.approx(0.05)
    assert p_of_mean(values - tested.high, np.array(common)) == pytest.approx(0.05)


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_the_interval_ends_where_p_reaches_the_level(confidence):
    values = np.random.default_rng(0).lognormal(size=9)
    low, high = interval(values, confidence)
    assert p_of_mean(values - low) == pytest.approx(1 - confidence)
    assert p_of_mean(values - high) == pytest.approx(1 - confidence)


def test_skewed_values_have_a_skewed_interval():
    values = np.exp(np.linspace(-2, 2, 20))
    low, high = interval(values)
    assert high - values.mean() > 1.1 * (values.mean() - low)


def test_the_mirror_image_has_the_mirrored_interval():
    values = np.exp(np.linspace(-2, 2, 7))
    low, high = interval(values)
    assert interval(-values) == pytest.approx((-high, -low))


def test_many_samples_at_once():
    values = np.random.default_rng(0).lognormal(size=(2, 3, 8)) - 1
    one_by_one = [[mean_test(each, confidence=0.9).p_value for each in row] for row in values]
    assert p_of_mean(values) == pytest.approx(np.array(one_by_one))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("count", [2, 5, 12])
@pytest.mark.parametrize(("value", "p"), [(0.3, 0), (0.0, 1)])
def test_values_that_are_all_alike(count, value, p):
    tested = mean_test(np.full(count, value), confidence=0.95)
    assert (tested.mean, tested.low, tested.high, tested.p_value) == (value, value, value, p)


@pytest.mark.filterwarnings("error")
def test_all_alike_but_one():
    """The others' value is no bound of a mean that one of twelve raises; Student's low bound lies below it."""
    low, high = interval([0.3] * 11 + [0.4])
    assert low < 0.3 + 0.1 / 12 < high < 0.4


def test_one_value():
    with pytest.raises(InputError, match="Intervals need two seeds or more; sweep seed=0,1,2"):
        interval([1.0])
