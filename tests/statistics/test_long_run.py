import numpy as np
import pytest
from scipy import signal

from harness.statistics.long_run import _correlation, _series, long_run


def autoregressive(rng, *shape, length):
    """AR(1) of variance 1, whose correlation falls as exp(-distance / length)."""
    start = 8 * length
    root = np.exp(-1 / length)
    drawn = rng.normal(size=(*shape[:-1], shape[-1] + start))
    return signal.lfilter([np.sqrt(1 - root**2)], [1, -root], drawn)[..., start:]


def expected(variances):
    return np.tensordot(variances.probabilities, variances.variances, axes=1)


def test_the_correlation_of_overlapping_windows_falls_linearly():
    assert _correlation(5, 3, 0.0) == pytest.approx([1, 2 / 3, 1 / 3, 0, 0])


def test_the_correlation_of_an_ar_1_process():
    assert _correlation(4, 1, 2.0) == pytest.approx(np.exp(-np.arange(4) / 2))


def test_the_correlation_of_overlapping_windows_of_an_ar_1_process():
    """Covariances between sums over two steps, c(k) = 2 r^k + r^(k - 1) + r^(k + 1), by r = exp(-1/2)."""
    r = np.exp(-0.5)
    covariance = [2 + 2 * r, 2 * r + 1 + r**2, 2 * r**2 + r + r**3]
    assert _correlation(3, 2, 2.0) == pytest.approx(np.array(covariance) / covariance[0])


def test_white_noise_has_the_textbooks_variance():
    """Of a difference of two means of n: 2 / n. Three hundred variants tell it to a few per cent."""
    noise = np.random.default_rng(0).normal(size=(640, 300))
    variances = long_run(noise, overlap=1)
    assert variances.degrees == 32
    assert variances.probabilities[0] > 0.99
    pairs = expected(variances)[np.triu_indices(300, 1)]
    assert pairs.mean() == pytest.approx(2 / 640, rel=0.05)


@pytest.mark.parametrize("length", [30, 100])
def test_correlated_windows_have_the_variance_that_their_means_show(length):
    """Against the spread of the means of 4,000 independent series, within a step from one length to the next, 1.59."""
    series = autoregressive(np.random.default_rng(0), 4000, 1200, length=length)
    variances = long_run(series[:300].T, overlap=1)
    pairs = expected(variances)[np.triu_indices(300, 1)]
    step = (2 * variances.degrees) ** (1 / 9)
    assert 1 / step < pairs.mean() / (2 * series.mean(axis=1).var()) < step
    assert 1 / step < variances.length / length < step


def test_the_overlap_alone_is_no_correlation_beyond_it():
    steps = np.random.default_rng(0).normal(size=(1400, 300)).cumsum(axis=0)
    windows = (steps[100:1300] - steps[:1200]) / 10
    variances = long_run(windows, overlap=100)
    assert variances.degrees == 18
    assert variances.length < 50
    pairs = expected(variances)[np.triu_indices(300, 1)]
    assert pairs.mean() == pytest.approx(2 * 100 / 1200, rel=0.2)


def test_it_scales_with_the_square_of_the_unit():
    losses = np.random.default_rng(0).normal(size=(50, 3))
    assert expected(long_run(1000 * losses, overlap=5)) == pytest.approx(1e6 * expected(long_run(losses, overlap=5)))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("losses", [np.ones((40, 3)), np.arange(40.0)[:, None], np.zeros((40, 1))])
def test_variants_that_do_not_differ_from_window_to_window(losses):
    assert expected(long_run(losses, overlap=10)) == pytest.approx(0, abs=1e-24)


def test_three_degrees_for_every_two_windows_that_share_nothing():
    losses = np.random.default_rng(0).normal(size=(200, 2))
    assert [long_run(losses, overlap=each).degrees for each in (1, 20, 100)] == [32, 15, 3]


def worse(losses, *, times=1.0, plus=0.0):
    """[windows, 2]: the losses, and the same worse."""
    return np.stack([losses, times * losses + plus], axis=1)


@pytest.mark.parametrize("shape", [{"times": 1.2}, {"plus": 0.2}, {"times": 1.1, "plus": 0.1}], ids=str)
def test_an_effect_is_no_chance(shape):
    """Whether a variant is worse by a number, by a factor, or by both, on every window: nothing is left to vary."""
    losses = np.exp(0.3 * autoregressive(np.random.default_rng(0), 1200, length=100))
    variances = long_run(worse(losses, **shape), overlap=100)
    assert expected(variances) == pytest.approx(0, abs=1e-12)
    assert variances.probabilities.sum() == pytest.approx(1)


def test_between_equals_the_effect_is_nothing():
    """Common ups and downs cancel; the variance is that of what the variants have for themselves."""
    rng = np.random.default_rng(0)
    own = 0.05 * rng.normal(size=(1200, 200))
    together = 1 + 0.5 * rng.normal(size=(1200, 1))
    pairs = expected(long_run(together + own, overlap=1))[np.triu_indices(200, 1)]
    assert pairs.mean() == pytest.approx(2 * 0.05**2 / 1200, rel=0.05)


def test_means_of_0_are_no_error():
    losses = np.array([[1.0, -1.0], [-1.0, 1.0]] * 20)
    assert np.isfinite(expected(long_run(losses, overlap=4))).all()


@pytest.mark.parametrize("series", [2, 6, 12])
def test_as_many_series_as_are_independent(series):
    """Differences of n variants that have nothing in common are n - 1 series, whatever their scales."""
    rng = np.random.default_rng(0)
    counts = []
    for _ in range(50):
        drawn = rng.normal(size=(30, series + 1))
        pairs = (drawn[:, :, None] - drawn[:, None])[:, ~np.eye(series + 1, dtype=bool)]
        counts.append(_series(pairs * rng.uniform(0.1, 10, size=pairs.shape[1])))
    assert np.median(counts) == pytest.approx(series, rel=0.2)


def test_one_pair_is_one_series():
    losses = np.random.default_rng(0).normal(size=(200, 2))
    probabilities = long_run(losses, overlap=10).probabilities
    assert 0 < probabilities.max() < 1
    assert probabilities.sum() == pytest.approx(1)
