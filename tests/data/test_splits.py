import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.data.splits import borders, spans_of_fold
from harness.errors import InputError


@pytest.mark.parametrize(
    ("split", "count", "ends"),
    [
        ([0.7, 0.1, 0.2], 10, (7, 8, 10)),
        ([0.7, 0.1, 0.2], 2284, (1599, 1827, 2284)),
        ([0.5, 0.25, 0.0], 8, (4, 6, 6)),
        ([8640, 2880, 2880], 17420, (8640, 11520, 14400)),
        ([3, 0, 2], 5, (3, 3, 5)),
    ],
)
def test_ends(split, count, ends):
    assert borders(split, count, "rows") == ends


@pytest.mark.parametrize(
    ("split", "found"),
    [
        ([0.7, 0.3], "got [0.7, 0.3]"),
        ("0.7,0.1,0.2", "got 0.7,0.1,0.2"),
        (0.7, "got 0.7"),
        ([0.7, 0.1, 1], "got [0.7, 0.1, 1]"),
        ([0.7, float("nan"), 0.1], "got [0.7, nan, 0.1]"),
        ([True, 3, 2], "got [True, 3, 2]"),
        ([0.7, -0.1, 0.2], "got [0.7, -0.1, 0.2], with a negative length"),
        ([0.7, 0.2, 0.2], "got [0.7, 0.2, 0.2], more than the 10 rows there are"),
        ([7, 2, 2], "got [7, 2, 2], more than the 10 rows there are"),
    ],
)
def test_bad_lengths(split, found):
    with pytest.raises(InputError) as caught:
        borders(split, 10, "rows")
    assert (caught.value.key, caught.value.found) == ("data.split", found)
    assert "[0.7, 0.1, 0.2], or three whole numbers of rows out of 10" in caught.value.instead


def fold(k, split, train_span="grow", count=100, least=1):
    found = spans_of_fold(split, train_span, k, [count], "rows", least)
    assert len(found) == 1
    return tuple(found[0])


def test_a_growing_train_span_by_hand():
    assert fold(0, [60, 10, 20]) == ((0, 60), (60, 70), (70, 90))
    assert fold(1, [60, 10, 20]) == ((0, 40), (40, 50), (50, 70))
    assert fold(2, [60, 10, 20]) == ((0, 20), (20, 30), (30, 50))


def test_a_sliding_train_span_counts_from_the_last_row():
    assert fold(0, [30, 10, 20]) == ((0, 30), (30, 40), (40, 60))
    assert fold(0, [30, 10, 20], "slide") == ((40, 70), (70, 80), (80, 100))
    assert fold(1, [30, 10, 20], "slide") == ((20, 50), (50, 60), (60, 80))
    assert fold(2, [30, 10, 20], "slide") == ((0, 30), (30, 40), (40, 60))


def test_a_split_of_all_rows_is_one_fold_under_slide():
    assert fold(0, [0.7, 0.1, 0.2], "slide") == fold(0, [0.7, 0.1, 0.2], "grow")
    with pytest.raises(InputError, match=r"fold: got 1, and there is one fold, fold=0\. .*leave more rows over"):
        fold(1, [0.7, 0.1, 0.2], "slide")


@settings(deadline=None)
@given(
    st.sampled_from(["grow", "slide"]),
    st.tuples(st.integers(1, 30), st.integers(1, 10), st.integers(1, 10)),
    st.integers(0, 60),
    st.booleans(),
)
def test_folds_are_in_order_and_their_test_spans_lie_apart(train_span, lengths, left_over, as_fractions):
    count, least = sum(lengths) + left_over, 1 + (lengths[0] > 1)
    split = [length / count for length in lengths] if as_fractions else list(lengths)
    folds = (lengths[0] - least if train_span == "grow" else left_over) // lengths[2] + 1
    found = [fold(k, split, train_span, count, least) for k in range(folds)]
    with pytest.raises(InputError, match="fold: got"):
        fold(folds, split, train_span, count, least)
    last = count
    for train, validation, test in found:
        assert 0 <= train[0] < train[1] == validation[0] < validation[1] == test[0] < test[1] <= last
        last = test[0]
        assert (validation[1] - validation[0], test[1] - test[0]) == lengths[1:]
        assert train[0] == 0 if train_span == "grow" else train[1] - train[0] == lengths[0]


@pytest.mark.parametrize(("least", "folds"), [(1, 3), (20, 3), (21, 2), (40, 2), (41, 1), (99, 1)])
def test_too_early_a_fold_is_refused_with_the_number_of_folds(least, folds):
    there = "there is one fold, fold=0" if folds == 1 else f"there are {folds} folds, 0 to {folds - 1}"
    fold(folds - 1, [60, 10, 20], least=least)
    with pytest.raises(InputError) as caught:
        fold(folds, [60, 10, 20], least=least)
    assert (caught.value.key, caught.value.found) == ("fold", f"got {folds}, and {there}")
    assert "smaller test length in data.split" in caught.value.instead


def test_every_series_has_the_fold_or_none_has():
    assert spans_of_fold([0.5, 0.25, 0.25], "grow", 1, [8, 80], "rows", 1) == [
        ((0, 2), (2, 4), (4, 6)),
        ((0, 20), (20, 40), (40, 60)),
    ]
    with pytest.raises(InputError, match="got 2, and there are 2 folds, 0 to 1"):
        spans_of_fold([40, 10, 20], "grow", 2, [70, 700], "rows", 1 + 19)


@pytest.mark.parametrize("bad", [-1, 1.0, True, "1"])
def test_a_fold_is_a_whole_number(bad):
    with pytest.raises(InputError, match=r"fold: got .*Write a whole number of at least 0"):
        fold(bad, [60, 10, 20])


def test_an_unknown_train_span():
    with pytest.raises(InputError, match=r"data\.train_span: got 'grown'.*Did you mean data\.train_span=grow\?"):
        fold(0, [60, 10, 20], "grown")
