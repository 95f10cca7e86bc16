import numpy as np
import pytest

from harness.data.overlap import refuse_overlap, window_stride
from harness.errors import InputError

RNG = np.random.default_rng(0)
SERIES = RNG.normal(size=3000)


def windows(stride, outputs=6, n=60, series=SERIES):
    return np.stack([series[i * stride : i * stride + outputs] for i in range(n)])


@pytest.mark.parametrize("stride", [1, 2, 3, 5])
def test_the_stride_of_windows(stride):
    assert window_stride(windows(stride)) == stride


@pytest.mark.parametrize(
    "y", [windows(6), windows(9), RNG.normal(size=(60, 6)), windows(1, outputs=1), np.ones((60, 6))]
)
def test_samples_that_share_nothing(y):
    assert window_stride(y) is None
    refuse_overlap(y, (30, 40, 60), 0)


def test_a_few_left_out_windows_do_not_hide_it():
    y = np.delete(windows(1), [7, 30, 31], axis=0)
    assert window_stride(y) == 1
    # Three windows before the border are gone: the samples beside it are one, not zero, windows further apart.
    with pytest.raises(InputError, match="shares 3 of its 6 targets with the first validation sample"):
        refuse_overlap(y, (29, 40, 57), 0)


def test_flat_stretches_are_no_sign():
    y = np.zeros((60, 6))
    y[::4] = RNG.normal(size=(15, 6))
    assert window_stride(y) is None


def test_the_border_before_the_test_split_counts_too():
    y = np.concatenate([windows(1, n=30), windows(1, n=30, series=SERIES[500:])])
    with pytest.raises(InputError) as caught:
        refuse_overlap(y, (30, 40, 60), 0)
    assert "the last validation sample shares 5 of its 6 targets with the first test sample" in caught.value.found
    refuse_overlap(y, (30, 40, 60), 5)


def test_a_large_file_is_settled_by_a_part_of_it():
    assert window_stride(windows(1, n=2900)) == 1
