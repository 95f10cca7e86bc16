"""Against the same forecasts by indexing."""

import numpy as np
import pytest

from harness.baselines import baselines
from harness.data.framing import SeriesFraming, WindowsFraming
from harness.data.precut import place
from harness.data.scaling import inputs, predictions
from harness.data.windows import cut
from harness.errors import InputError
from harness.models.naive import Naive
from harness.spec import Series, Windows

RNG = np.random.default_rng(0)
ROWS = np.cumsum(RNG.normal(size=(120, 2)), axis=0) + 50
FRAMING = {"lookback": 9, "outputs": 11, "stride": 1, "split": [0.5, 0.25, 0.25], "train_span": "grow"}
KINDS = ("persistence", "seasonal_naive", "seasonal_naive_with_drift")


def series(normalise):
    return cut([Series(ROWS, 1, 4, "", "walk")], SeriesFraming(**FRAMING, missing="refuse", normalise=normalise), 0)


def windows(normalise):
    """The scale of its targets is not that of its histories."""
    x, y = RNG.normal(5, 2, (60, 9, 2)), RNG.normal(7, 9, (60, 11))
    given = Windows(x, y, None, None, 1, 4, "")
    framing = FRAMING | {"lookback": None, "outputs": None, "gap": 0, "shared_targets": "allow", "normalise": normalise}
    del framing["stride"]
    return place(given, WindowsFraming(**framing), 0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("normalise", ["last_value", "standard", "none"])
@pytest.mark.parametrize("source", [series, windows])
def test_the_forecasts_of_the_baselines(kind, normalise, source):
    data = source(normalise)
    family = Naive(kind)
    network = family(9, 2, 11)
    family.solve(network, data, np.ones(11))
    x = data.test.x[:]
    found = predictions(data.scaling, x, np.asarray(network(inputs(data.scaling, x))))
    np.testing.assert_allclose(found, baselines(x, 11, 1, 4)[kind], rtol=1e-5, atol=1e-4)


def test_what_the_history_does_not_allow_is_refused():
    data = series("standard")
    for season in (None, 10):
        short = cut(
            [Series(ROWS, 1, season, "", "")], SeriesFraming(**FRAMING, missing="refuse", normalise="standard"), 0
        )
        with pytest.raises(InputError, match=r"model\.kind: got seasonal_naive, with data\.season="):
            Naive("seasonal_naive").solve(Naive("seasonal_naive")(9, 2, 11), short, np.ones(11))
    Naive("persistence").check(None, np.ones(11))
    assert data.season == 4
