import pytest

from harness.data.splits import borders
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
