"""Weekly CO2 at Mauna Loa."""

from typing import Any

from harness.kinds import Count, Unit
from harness.spec import Series


def co2(*, season: Count | None, unit: Unit) -> Series:
    """Atmospheric CO2 in ppm, 2,284 weeks from March 1958, 59 of them missing.

    Ships with statsmodels: Keeling & Whorf (2004), Scripps Institution of Oceanography.
    """
    from statsmodels.datasets import co2 as source

    table: Any = source.load_pandas().data
    values = table[["co2"]].to_numpy(dtype="float64")
    return Series(values, target=0, season=season, unit=unit, name="co2")
