import pytest

from harness.errors import InputError
from harness.statistics.seeds import need_two


@pytest.mark.parametrize(("seeds", "found"), [(0, "got no seed"), (1, "got one seed")])
def test_fewer_than_two(seeds, found):
    with pytest.raises(InputError, match=f"seed: {found}. Intervals need two seeds or more; sweep seed=0,1,2"):
        need_two(seeds, "intervals")


def test_two_do():
    need_two(2, "intervals")
