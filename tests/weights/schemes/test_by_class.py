from dataclasses import replace

import numpy as np
import pytest

from harness.config.schema import check_arguments
from harness.errors import InputError
from harness.weights.schemes.by_class import by_class


def test_classes_between_quantiles_count_alike_in_all(split):
    """Of the targets 0 ... 9 those from 8.1 on are one class of one, the 0.9 quantile being 8.1."""
    train = replace(split(0, 5, 2), y=np.arange(10.0).reshape(5, 2))
    weights = by_class(train, train, column=None, quantiles=[0.9])
    expected = np.where(train.y > 8.1, 10 / (2 * 1), 10 / (2 * 9))
    np.testing.assert_allclose(weights, expected, rtol=1e-15)
    assert weights[train.y > 8.1].sum() == pytest.approx(weights[train.y < 8.1].sum())


def test_the_order_of_quantiles_does_not_matter_and_equal_ones_part_nothing(split):
    train = replace(split(0, 5, 2), y=np.arange(10.0).reshape(5, 2))
    once = by_class(train, train, column=None, quantiles=[0.2, 0.7])
    np.testing.assert_array_equal(by_class(train, train, column=None, quantiles=[0.7, 0.2, 0.7]), once)
    # The quantiles are 1.8 and 6.3: two, five and three targets.
    np.testing.assert_allclose(np.unique(once), [10 / 15, 10 / 9, 10 / 6], rtol=1e-15)


def test_another_split_has_the_classes_and_the_frequencies_of_train(split):
    train = replace(split(0, 5, 2), y=np.arange(10.0).reshape(5, 2))
    at = replace(split(5, 2, 2), y=np.array([[-100.0, 8.0], [8.2, 500.0]]))
    np.testing.assert_allclose(
        by_class(train, at, column=None, quantiles=[0.9]), [[10 / 18, 10 / 18], [5, 5]], rtol=1e-15
    )


def test_a_range_without_a_train_target_counts_as_one(split):
    """Half of the targets are 0, the smallest: nothing is below the quantile 0."""
    train = replace(split(0, 4, 1), y=np.array([[0.0], [0], [1], [2]]))
    at = replace(split(4, 2, 1), y=np.array([[-1.0], [1.0]]))
    np.testing.assert_allclose(
        by_class(train, at, column=None, quantiles=[0.1, 0.6]), [[4 / 3], [4 / (3 * 2)]], rtol=1e-15
    )


def test_labels_are_classes_as_they_are(split):
    train = replace(split(0, 4, 2), y=np.array([[3.0, 3], [3, 7], [3, 3], [5, 5]]))  # 3 five times, 5 twice, 7 once
    expected = np.select([train.y == 3, train.y == 5], [8 / 15, 8 / 6], 8 / 3)
    np.testing.assert_allclose(by_class(train, train, column=None, quantiles=None), expected, rtol=1e-15)
    with pytest.raises(InputError, match=r"weights\.quantiles: got null, and 1 targets, such as 4, are none of the 3"):
        by_class(train, replace(train, y=np.array([[3.0, 4.0]])), column=None, quantiles=None)


def test_one_class_is_refused(split):
    train = replace(split(0, 4, 2), y=np.ones((4, 2)))
    for quantiles in ([0.5], None):
        with pytest.raises(InputError, match=r"weights\.quantiles: got .* all 8 train targets are of one class"):
            by_class(train, train, column=None, quantiles=quantiles)


@pytest.mark.parametrize("bad", [[0], [1.0], [0.5, -1], 0.5, "abc"])
def test_what_is_no_quantile_is_refused(bad):
    with pytest.raises(InputError, match=r"weights\.quantiles: got "):
        check_arguments("weights", by_class, {"_partial_": True, "column": None, "quantiles": bad})


def test_a_column_of_labels_is_what_is_classified(split):
    labels = np.array([[3.0, 3], [3, 7], [3, 3], [5, 5]])
    train = replace(split(0, 4, 2), beside={"regime": labels})
    at = replace(split(4, 1, 2), beside={"regime": np.array([[7.0, 3.0]])})
    np.testing.assert_allclose(by_class(train, at, column="regime", quantiles=None), [[8 / 3, 8 / 15]], rtol=1e-15)
    with pytest.raises(InputError, match=r"weights\.column: got 'regim'.*Did you mean weights\.column=regime\?"):
        by_class(train, at, column="regim", quantiles=None)
    gap = replace(at, beside={"regime": np.array([[np.nan, 3.0]])})
    with pytest.raises(
        InputError, match=r"weights\.column: got regime, and 1 of its values beside a target are missing"
    ):
        by_class(train, gap, column="regime", quantiles=None)
