"""What the report's statistics do on sweeps whose truth is known, as one table of 80 columns, in a few minutes.

    python -m tests.statistics.simulations [--sweeps 100]

A/A sweeps, whose variants are equal in truth, and the same sweeps with a last variant that is worse. The reference
hardly varies from seed to seed; every other variant has a deviation of 2 %: normal, exponential, lognormal (sigma 1) or
Student's t with 3 degrees. Losses of 1,200 windows, of which 100 in a row share targets, rise and fall together by
30 %, and each variant's own by 10 %, all of them after an AR(1) process of correlation length tau.
"""

import argparse
from collections.abc import Iterator

import numpy as np
from scipy import signal, stats

from harness.statistics.confidence_set import confidence_set
from harness.statistics.mean_test import FEW, p_of_mean, skewness

LEVEL, SET_CONFIDENCE = 0.05, 0.90
# The last variant is worse by so much: its score where differences are claimed, its losses where a set is made.
EFFECT, LOSER = 0.02, 0.5
KINDS = ("normal", "exponential", "lognormal", "t3")
VARIANTS, SEEDS, LENGTHS = (2, 5, 10, 20), (3, 5, 6, 10, 20), (0, 100, 300)
WINDOWS, OVERLAP, RESAMPLES = 1200, 100, 300
SPREAD, STABLE, TOGETHER, BY_WINDOW = 0.02, 0.002, 0.3, 0.1
# Claims cost so little that they are counted on this many times the sweeps.
CHEAP = 100


def seed_effects(rng: np.random.Generator, kind: str, *shape: int) -> np.ndarray:
    """[*shape], mean 0 and variance 1."""
    if kind == "exponential":
        return rng.exponential(size=shape) - 1
    if kind == "lognormal":
        return (rng.lognormal(size=shape) - np.exp(0.5)) / np.sqrt((np.e - 1) * np.e)
    return rng.normal(size=shape) if kind == "normal" else rng.standard_t(3, size=shape) / 3**0.5


def scores(rng: np.random.Generator, kind: str, *shape: int) -> np.ndarray:
    """[..., seeds, variants], of mean 1; the first variant hardly varies."""
    drawn = 1 + SPREAD * seed_effects(rng, kind, *shape)
    drawn[..., 0] = 1 + STABLE * rng.normal(size=shape[:-1])
    return drawn


def window_effects(rng: np.random.Generator, variants: int, length: int, windows: int, overlap: int) -> np.ndarray:
    """[windows, variants], variance 1: means over `overlap` steps of AR(1) processes whose start is forgotten."""
    steps = rng.normal(size=(variants, windows + overlap + 8 * length))
    if length:
        root = np.exp(-1 / length)
        steps = signal.lfilter([1], [1, -root], steps)[:, 8 * length :]
    total = steps.cumsum(axis=1)
    means = total[:, overlap:] - total[:, :-overlap]
    return (means / _deviation(length, overlap)).T


def _deviation(length: int, overlap: int) -> float:
    """Of the sum of `overlap` steps in a row of that process."""
    root = np.exp(-1 / length) if length else 0.0
    distance = np.arange(1, overlap)
    return float(np.sqrt((overlap + 2 * ((overlap - distance) * root**distance).sum()) / (1 - root**2)))


def claim_rates(rng: np.random.Generator, kind: str, seeds: int, variants: int, sweeps: int) -> tuple[float, ...]:
    """Shares: of A/A sweeps that claim a difference, of those that Student's t alone would, of intervals that cover, of
    planted effects that are found.

    Holm claims something where the smallest p times their number is below the level; the planted one is the last.
    """
    drawn = scores(rng, kind, sweeps, seeds, variants)
    differences = np.moveaxis(drawn[..., 1:] - drawn[..., :1], 1, -1)
    common = skewness(differences).mean(axis=1, keepdims=True) if seeds >= FEW and variants > 2 else None
    p_values = p_of_mean(differences, common)
    claimed = p_values.min(axis=1) * (variants - 1) < LEVEL
    by_t = stats.ttest_1samp(differences, 0, axis=-1).pvalue.min(axis=1) * (variants - 1) < LEVEL
    differences[:, -1] += EFFECT
    better = differences[:, -1].mean(axis=-1) < 0
    planted = p_of_mean(differences, common)
    order = planted.argsort(axis=1)
    stepped = np.take_along_axis(planted, order, axis=1) * np.arange(variants - 1, 0, -1)
    adjusted = np.maximum.accumulate(stepped, axis=1)
    last = np.take_along_axis(adjusted, order.argsort(axis=1), axis=1)[:, -1]
    return claimed.mean(), by_t.mean(), (p_values >= LEVEL).mean(), ((last < LEVEL) & ~better).mean()


def set_rates(
    rng: np.random.Generator,
    kind: str,
    seeds: int,
    variants: int,
    length: int,
    sweeps: int,
    *,
    windows: int = WINDOWS,
    overlap: int = OVERLAP,
    loser: float = LOSER,
) -> tuple[float, float]:
    """Shares: of A/A sweeps whose confidence set holds all variants, of planted losers that it leaves out.

    A loser's losses are higher by the share `loser` on every window.
    """
    settings = {"overlap": overlap, "confidence": SET_CONFIDENCE, "resamples": RESAMPLES, "rng": rng}
    kept = found = 0
    for _ in range(sweeps):
        by_window = BY_WINDOW * window_effects(rng, variants, length, windows, overlap)
        level = np.exp(TOGETHER * window_effects(rng, 1, length, windows, overlap))
        losses = scores(rng, kind, seeds, 1, variants) ** 2 * level * (1 + by_window)
        kept += confidence_set(losses, **settings).included.all()
        losses[..., -1] *= 1 + loser
        found += not confidence_set(losses, **settings).included[-1]
    return kept / sweeps, found / sweeps


def rows(sweeps: int) -> Iterator[tuple]:
    """(kind, variants, seeds, rates of claims, for each correlation length share of all kept, of losers found)."""
    for kind in KINDS:
        for variants in VARIANTS:
            for seeds in SEEDS:
                rng = np.random.default_rng([KINDS.index(kind), variants, seeds])
                rates = claim_rates(rng, kind, seeds, variants, CHEAP * sweeps)
                kept, found = zip(
                    *(set_rates(rng, kind, seeds, variants, length, sweeps) for length in LENGTHS), strict=True
                )
                yield kind, variants, seeds, rates, kept, found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sweeps", type=int, default=100, help="for the confidence set; claims take 100 times as many")
    sweeps = parser.parse_args().sweeps
    print(f"Shares in %; {CHEAP * sweeps} sweeps for differences to the first variant, {sweeps} for each set.")
    print(f"Asked for: claimed at most {LEVEL:.0%}, covered {1 - LEVEL:.0%}, all kept {SET_CONFIDENCE:.0%}.")
    print("claimed: A/A sweeps with a difference, by the test and by Student's t alone;")
    print(f"covered: intervals; found: a variant worse by {EFFECT:.0%}, losses higher by {LOSER:.0%}.\n")
    lengths = "".join(f"{length:5}" for length in LENGTHS)
    print(f"{'':22}{'differences':>28}{'all kept, tau':>15}{'found, tau':>15}")
    print(
        f"{'noise':8}{'variants':>8}{'seeds':>6}{'claimed':>8}{'by t':>6}{'covered':>8}{'found':>6}{lengths}{lengths}"
    )
    for kind, variants, seeds, (claimed, by_t, covered, found), *of_sets in rows(sweeps):
        shares = f"{100 * claimed:8.1f}{100 * by_t:6.1f}{100 * covered:8.1f}{100 * found:6.1f}"
        shares += "".join(f"{100 * share:5.0f}" for rates in of_sets for share in rates)
        print(f"{kind:11}{variants:5}{seeds:6}{shares}", flush=True)


if __name__ == "__main__":
    main()
