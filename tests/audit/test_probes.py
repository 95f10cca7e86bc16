import numpy as np
import pytest

from harness.audit.probes import Batch, probes

RNG = np.random.default_rng(0)
BATCH = Batch(*RNG.normal(size=(2, 12, 5)).astype(np.float32), np.arange(100, 112))


def test_the_first_is_the_real_batch():
    true, pred, rows = probes(BATCH, 32)[0]
    np.testing.assert_array_equal(true, BATCH.y_true)
    np.testing.assert_allclose(pred, BATCH.y_pred, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(rows, BATCH.rows)


@pytest.mark.parametrize(("batch_size", "sizes"), [(32, [12, 6, 4, 1]), (6, [6, 3, 2, 1]), (1, [1, 1, 1, 1])])
def test_sizes(batch_size, sizes):
    found = probes(BATCH, batch_size)
    assert [len(rows) for _, _, rows in found] == sizes
    for true, pred, rows in found:
        assert true.shape == pred.shape == (len(rows), 5)
        np.testing.assert_array_equal(true, BATCH.y_true[rows - 100])


def test_errors_differ_in_size_and_bias():
    errors = [pred - true for true, pred, _ in probes(BATCH, 6)]
    real = BATCH.y_pred - BATCH.y_true
    np.testing.assert_allclose(errors[1], 3 * real[6:9] + BATCH.y_true.std(), rtol=0, atol=1e-5)
    np.testing.assert_allclose(errors[2], 0.1 * real[9:11], rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    "batch",
    [
        Batch(np.ones((3, 2)), np.ones((3, 1)), np.arange(3)),
        Batch(np.ones((3, 2)), np.ones((3, 2)), np.arange(2)),
        Batch(np.ones(3), np.ones(3), np.arange(3)),
        Batch(np.ones((0, 2)), np.ones((0, 2)), np.arange(0)),
    ],
)
def test_shapes_that_do_not_fit(batch):
    with pytest.raises(ValueError, match=r"must be of one shape \[b, outputs\] and rows \[b\]"):
        probes(batch, 4)
