from dataclasses import replace

import numpy as np
import pytest

from harness.errors import InputError
from harness.weights.schemes.column import column

PRICE = np.array([[1.0, 2.0], [0.0, 5.0]])


def test_the_values_beside_each_target(split):
    at = replace(split(3, 2, 2), beside={"price": PRICE, "2020": 2 * PRICE})
    np.testing.assert_array_equal(column(at, at, name="price"), PRICE)
    np.testing.assert_array_equal(column(at, at, name=2020), 2 * PRICE)


@pytest.mark.parametrize("bad", [np.nan, -1.0])
def test_what_is_no_weight_is_refused_by_its_place(split, bad):
    prices = PRICE.copy()
    prices[1, 0] = bad
    at = replace(split(3, 2, 2), beside={"price": prices})
    with pytest.raises(InputError, match=rf"weights\.name: .* price holds {bad:g} at output 0 of sample 4, and 0"):
        column(at, at, name="price")


def test_an_unknown_column_is_refused(split):
    at = replace(split(3, 2, 2), beside={"price": PRICE})
    with pytest.raises(InputError, match=r"weights\.name: got 'pric'.*Did you mean weights\.name=price\?"):
        column(at, at, name="pric")
    with pytest.raises(InputError, match=r"weights\.name: got None.*Write one of: price"):
        column(at, at, name=None)
    with pytest.raises(InputError, match=r"Write data\.beside=\[price\], with data=csv_file"):
        column(split(3, 2, 2), split(3, 2, 2), name="price")
