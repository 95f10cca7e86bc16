import numpy as np
import pytest
from arch.bootstrap import MCS

from harness.errors import InputError
from harness.statistics.confidence_set import confidence_set


def found(losses, overlap=1, confidence=0.9, resamples=1000, seed=0):
    rng = np.random.default_rng(seed)
    return confidence_set(losses, overlap=overlap, confidence=confidence, resamples=resamples, rng=rng)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def test_losers_are_left_out():
    result = found(noise(5, 200, 4) + np.array([0, 0, 1, 2]))
    assert result.included.tolist() == [True, True, False, False]
    assert result.p_values[3] <= result.p_values[2] <= 0.1 < result.p_values[:2].min()
    assert result.p_values.max() == 1


def test_the_winner_is_never_left_out():
    result = found(noise(5, 200, 3) + np.array([2, 0, 1]))
    assert result.included.tolist() == [False, True, False]
    assert result.p_values[1] == 1


def test_seeds_that_agree_leave_hansens_set():
    """Where every seed has the same losses windows alone vary, and arch's own procedure is the measure."""
    windows = noise(600, 4) + np.array([0, 0.1, 0.2, 0.15])
    result = found(np.repeat(windows[None], 3, axis=0), resamples=4000)
    theirs = MCS(windows, size=0.1, reps=4000, block_size=2, method="R", bootstrap="circular", seed=0)
    theirs.compute()
    assert result.p_values == pytest.approx(theirs.pvalues["Pvalue"].sort_index().to_numpy(), abs=0.04)


def test_two_variants_on_long_series_are_a_paired_t_test():
    """Means over windows that do not vary leave the seeds: differences 1 to 5, t = sqrt(18), 4 degrees, p = 0.01324."""
    losses = np.zeros((5, 50, 2))
    losses[:, :, 1] = np.arange(1.0, 6)[:, None]
    assert found(losses, resamples=20000).p_values == pytest.approx([1, 0.01324], abs=0.003)


def test_what_hangs_on_seeds_is_not_told_from_windows():
    """Offsets of a network, on all windows alike: a set over windows alone would be sure of the first."""
    losses = 0.01 * noise(3, 500, 3) + np.array([[0, 1, 0.2], [1, 0, 0.9], [0.3, 0.8, 0.6]])[:, None]
    theirs = MCS(losses.mean(axis=0), size=0.1, reps=500, block_size=2, seed=0)
    theirs.compute()
    assert theirs.included == [0]
    assert found(losses).included.all()


def smooth_and_shuffled(worse):
    """Losses [3, 399, 2] that are means over 50 steps of noise, and the same in another order."""
    steps = noise(2, 449, seed=3).cumsum(axis=1)
    smooth = np.repeat((steps[:, 50:] - steps[:, :-50]).T[None] / 50**0.5, 3, axis=0)
    smooth[..., 1] += worse - np.diff(smooth.mean(axis=(0, 1)))
    return smooth, smooth[:, np.random.default_rng(0).permutation(399)]


@pytest.mark.parametrize("overlap", [1, 50])
def test_correlated_windows_widen(overlap):
    """Whether the overlap of targets says so, or the losses alone."""
    smooth, shuffled = smooth_and_shuffled(worse=0.3)
    assert found(shuffled).p_values.min() < 0.01
    assert found(smooth, overlap=overlap).p_values.min() > 0.1


def test_the_length_is_that_of_the_losses():
    smooth, shuffled = smooth_and_shuffled(worse=0.0)
    assert found(shuffled).length == 0
    assert found(smooth, overlap=1).length > 20
    assert found(smooth, overlap=50).length == 0


@pytest.mark.parametrize("seeds", [2, 5])
def test_a_loser_is_found_however_its_losses_rise_and_fall(seeds):
    """It loses most where all lose much, which is no chance: a fifth more on every window, at 400 windows of 100."""
    level = np.exp(0.5 * np.sin(np.arange(400) / 100))[:, None]
    losses = level * (1 + 0.02 * noise(400, 3)) * (1 + 0.002 * noise(seeds, 1, 3, seed=1))
    losses[..., 2] *= 1.2
    assert not found(losses, overlap=100).included[-1]


@pytest.mark.filterwarnings("error")
def test_identical_variants_stand_or_fall_together():
    losses = noise(4, 100, 2) + np.array([0, 3])
    twice = np.concatenate([losses, losses], axis=2)
    result = found(twice)
    assert result.included.tolist() == [True, False, True, False]
    assert result.p_values[1] == result.p_values[3]
    assert result.p_values.tolist()[:2] == found(losses).p_values.tolist()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("variants", [1, 3])
def test_one_variant_under_any_number_of_names_stays(variants):
    result = found(noise(3, 40, 1).repeat(variants, axis=2))
    assert result.included.all()
    assert (result.p_values == 1).all()


@pytest.mark.filterwarnings("error")
def test_a_difference_that_never_varies_is_sure():
    losses = np.broadcast_to([1.0, 1.5], (3, 20, 2))
    assert found(losses).included.tolist() == [True, False]


def test_p_values_do_not_hang_on_the_unit():
    losses = noise(4, 100, 3)
    assert found(losses).p_values.tolist() == found(1024 * losses).p_values.tolist()


def test_one_seed():
    with pytest.raises(InputError, match="Model confidence sets need two seeds or more; sweep seed=0,1,2"):
        found(noise(1, 100, 3))


def test_too_few_windows():
    with pytest.raises(InputError, match=r"data.split: test has 19 windows, .* Give test 20 windows or more"):
        found(noise(3, 19, 2), overlap=10)
    assert found(noise(3, 20, 2), overlap=10).included.all()
