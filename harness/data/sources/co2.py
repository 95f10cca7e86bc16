"""Weekly CO2 at Mauna Loa."""

from collections.abc import Sequence

from harness.data.windows import cut
from harness.spec import Dataset


def co2(
    *,
    lookback: int,
    outputs: int,
    stride: int,
    split: Sequence[float] | Sequence[int],
    missing: str,
    normalise: str,
    season: int | None,
    unit: str,
) -> Dataset:
    """Atmospheric CO2 in ppm, 2,284 weeks from March 1958, 59 of them missing.

    Ships with statsmodels: Keeling & Whorf (2004), Scripps Institution of Oceanography. Arguments and errors: `cut`.
    """
    from statsmodels.datasets import co2 as source

    return cut(
        source.load_pandas().data[["co2"]].to_numpy(),
        target=0,
        lookback=lookback,
        outputs=outputs,
        stride=stride,
        split=split,
        missing=missing,
        normalise=normalise,
        season=season,
        unit=unit,
    )
