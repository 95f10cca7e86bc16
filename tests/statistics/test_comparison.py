import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.weightstats import ttost_paired

from harness.errors import InputError
from harness.statistics.comparison import compare

RNG = np.random.default_rng(0)


def test_by_hand():
    """Differences 1 to 5 and their halves; t of 97.5 % and 4 degrees: 2.77645."""
    reference = np.array([10.0, 12.0, 9.0, 11.0, 10.0])
    steps = np.arange(1.0, 6)
    first, second = compare(
        np.stack([reference + steps, reference, reference - steps / 2], axis=1),
        reference=1,
        confidence=0.95,
        margin=None,
    )
    assert (first.mean, second.mean) == pytest.approx((3, -1.5))
    assert (first.low, first.high) == pytest.approx((3 - 2.776445 * 0.5**0.5, 3 + 2.776445 * 0.5**0.5))
    # Hedges' factor for 4 degrees: gamma(2) / (sqrt(2) gamma(3/2)) = sqrt(2 / pi).
    assert first.effect_size == pytest.approx(3 / 2.5**0.5 * (2 / np.pi) ** 0.5)
    assert second.effect_size == pytest.approx(-first.effect_size)


def test_below_six_seeds_p_values_are_the_paired_t_tests():
    scores = RNG.normal(size=(5, 4)) + np.array([0, 0.5, 2, 3])
    found = compare(scores, reference=0, confidence=0.95, margin=None)
    p = np.array([stats.ttest_rel(scores[:, i], scores[:, 0]).pvalue for i in (1, 2, 3)])
    assert [each.p_value for each in found] == pytest.approx(p)


def test_from_six_seeds_on_skewed_differences_are_less_sure():
    """One lucky seed of ten makes a mean of 0.1 to 1; the skewness says that more of the kind may come."""
    differences = np.array([0.1, 0.12, 0.09, 0.11, 0.1, 0.13, 0.08, 0.1, 0.12, 0.01])
    (found,) = compare(np.stack([np.zeros(10), differences], axis=1), reference=0, confidence=0.95, margin=None)
    assert found.p_value > stats.ttest_1samp(differences, 0).pvalue


def test_the_skewness_of_other_comparisons_makes_one_less_sure():
    """Ten symmetric seeds look normal; that all other variants are skewed says that these may be so too."""
    one = np.linspace(-1, 1, 10) - 1.3
    others = np.random.default_rng(1).lognormal(size=(10, 4)) ** 1.5
    alone, together = (
        compare(np.column_stack([np.zeros(10), one, *more]), reference=0, confidence=0.95, margin=None)[0]
        for more in ([], others.T)
    )
    assert alone.p_value == pytest.approx(stats.ttest_1samp(one, 0).pvalue)
    assert together.p_value > 2 * alone.p_value
    assert together.high > alone.high


@pytest.mark.filterwarnings("error")
def test_a_variant_that_never_varies_has_no_part_in_the_skewness_of_others():
    scores = np.column_stack([np.zeros(8), RNG.lognormal(size=(8, 2))])
    with_constant = np.column_stack([scores, np.ones(8)])
    found = compare(with_constant, reference=0, confidence=0.95, margin=None)
    assert found[:2] == compare(scores, reference=0, confidence=0.95, margin=None)
    assert found[2].p_value == 0


@pytest.mark.filterwarnings("error")
def test_identical_variants():
    scores = RNG.normal(size=(5, 1)).repeat(2, axis=1)
    (found,) = compare(scores, reference=0, confidence=0.95, margin=None)
    assert (found.mean, found.low, found.high, found.effect_size) == (0, 0, 0, 0)
    assert found.p_value == 1


@pytest.mark.filterwarnings("error")
def test_differences_of_rounding_alone_are_none():
    one = RNG.uniform(1, 2, size=5)
    (found,) = compare(np.stack([one, np.nextafter(one, 3)], axis=1), reference=0, confidence=0.95, margin=None)
    assert (found.mean, found.effect_size, found.p_value) == (0, 0, 1)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("sign", [1, -1])
def test_one_difference_on_every_seed(sign):
    """0.1 + x - x is 0.1 only up to rounding."""
    scores = RNG.uniform(1, 2, size=5)
    (found,) = compare(np.stack([scores, scores + sign * 0.1], axis=1), reference=0, confidence=0.95, margin=None)
    assert found.mean == found.low == found.high == pytest.approx(sign * 0.1)
    assert (found.p_value, found.effect_size) == (0, sign * np.inf)


def test_two_seeds_have_no_effect_size():
    (found,) = compare(np.array([[1.0, 2.0], [1.0, 4.0]]), reference=0, confidence=0.95, margin=None)
    assert found.effect_size is None
    assert found.p_value == pytest.approx(1 - 2 / np.pi * np.arctan(2))


def test_the_reference_alone():
    assert compare(RNG.normal(size=(3, 1)), reference=0, confidence=0.95, margin=None) == []


def test_one_seed():
    with pytest.raises(InputError, match="Comparisons need two seeds or more; sweep seed=0,1,2"):
        compare(np.ones((1, 3)), reference=0, confidence=0.95, margin=None)


def test_equivalence_is_two_one_sided_tests():
    """As statsmodels below six seeds; the margin is a share of the reference's mean."""
    scores = 2 + RNG.normal(size=(5, 1)) + 0.02 * RNG.normal(size=(5, 4)) + np.array([0, 0.01, 0.05, 0.3])
    size = 0.05 * scores[:, 0].mean()
    found = compare(scores, reference=0, confidence=0.95, margin=0.05)
    expected = [ttost_paired(scores[:, i], scores[:, 0], -size, size)[0] for i in (1, 2, 3)]
    assert [each.p_equivalent for each in found] == pytest.approx(expected)
    assert expected[0] < 0.05 < expected[2]


def test_from_six_seeds_on_skewed_differences_are_less_surely_equivalent():
    differences = np.array([0.01, 0.012, 0.009, 0.011, 0.01, 0.013, 0.008, 0.01, 0.012, -0.06])
    scores = np.stack([np.ones(10), 1 + differences], axis=1)
    (found,) = compare(scores, reference=0, confidence=0.95, margin=0.02)
    assert found.p_equivalent > ttost_paired(scores[:, 1], scores[:, 0], -0.02, 0.02)[0]


def test_identical_variants_are_equivalent_without_a_doubt():
    (found,) = compare(np.ones((3, 2)), reference=0, confidence=0.95, margin=0.01)
    assert (found.p_value, found.p_equivalent) == (1, 0)


def test_without_a_margin_nothing_is_said_of_equivalence():
    (found,) = compare(RNG.normal(size=(4, 2)), reference=0, confidence=0.95, margin=None)
    assert found.p_equivalent is None


@pytest.mark.slow
def test_equivalence_holds_its_level_at_the_margin_and_is_found_within_it():
    """A difference as large as the margin passes for equivalent in at most 5 %; one of a fifth of it is found."""
    rng, sweeps = np.random.default_rng(0), 2000
    claimed = {}
    for truth in (0.01, 0.002):
        p = []
        for _ in range(sweeps):
            scores = 1 + 0.05 * rng.normal(size=(20, 1)) + 0.007 * rng.normal(size=(20, 2))
            scores[:, 1] += truth
            p.append(compare(scores, reference=0, confidence=0.95, margin=0.01)[0].p_equivalent)
        claimed[truth] = np.mean(np.array(p) < 0.05)
    # Three deviations of a share of 2,000; the reference's mean varies, and the margin with it, by 1 %.
    assert claimed[0.01] < 0.05 + 3 * (0.05 * 0.95 / sweeps) ** 0.5
    # By hand: a deviation of 0.0099 / sqrt(20) = 0.0022 leaves 0.008 beyond 1.73 of it in 0.97.
    assert claimed[0.002] > 0.9
