"""What deciding round by round does on sweeps whose truth is known, as one table of 80 columns.

    python -m tests.statistics.decisions [--sweeps 1000] [--noise windows]

Each sweep goes through the rounds as `sweep.until=decided` does: all variants that are not shown to be worse are
trained with the seeds of the next look, until all is decided or there are 48. The scores have a mean of 1 and a
deviation over seeds as the table says; the seeds of one number share half of their variance, as paired replicates do.
`wrong`: sweeps in which, at whatever moment, anything was claimed that is not so. `found`: sweeps in which the
planted difference, or the planted equivalence, was claimed. `seeds`: trainings a variant, on average, and as a share
of two fixed plans, which find a difference with 80 % power by one test of all pairs, corrected by Bonferroni: of the
plan for the planted difference, which nobody knows beforehand, and of that for the margin, the smallest one that
matters. Of the noise `windows` each score is the RMSE over 200 windows whose errors are an AR(1) process of .95: all
variants share one, of which few windows are independent, and each adds a small one of its own.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from scipy import signal

from harness.statistics.decide import Decisions, Verdict, decide
from harness.statistics.power import seeds_for
from harness.statistics.sequential import looks
from tests.statistics.simulations import seed_effects

LEVEL, MARGIN, HORIZON = 0.05, 0.01, 48
KINDS = ("normal", "exponential", "lognormal", "t3")
WINDOWS = "windows"
# Of that process, the windows of a score, and the steps before them; the deviation of what a variant adds of its own,
# and what follows from these: the mean of a score and the spread of a paired difference.
ROOT, COUNT, BEFORE, OWN, MEAN, SPREAD = 0.95, 200, 100, 0.0715, 0.982, 0.0299


def sweep(scores: np.ndarray) -> Iterator[tuple[Decisions, int]]:
    """(what is decided, the trainings so far) after each round; scores: [variants, seeds] of what may be trained."""
    known, racing = np.full_like(scores, np.nan), set(range(len(scores)))
    for size in looks(scores.shape[1]):
        for variant in racing:
            known[variant, :size] = scores[variant, :size]
        found = decide(known, confidence=1 - LEVEL, margin=MARGIN, lower_is_better=True, by_looks=True)
        yield found, int(np.isfinite(known).sum())
        racing -= found.beaten
        if found.decided:
            return


def scores_of(rng: np.random.Generator, kind: str, means: np.ndarray, deviation: float) -> np.ndarray:
    """[variants, seeds] with these means; the spread of paired differences is `deviation`."""
    if kind == WINDOWS:
        drawn = _over_windows(rng, len(means))
        return means[:, None] * (1 + deviation / SPREAD * (drawn / MEAN - 1))
    common = seed_effects(rng, kind, 1, HORIZON)
    own = seed_effects(rng, kind, len(means), HORIZON)
    return means[:, None] + deviation / 2**0.5 * (common + own)


def _over_windows(rng: np.random.Generator, variants: int) -> np.ndarray:
    """[variants, seeds], RMSE over windows whose errors last."""
    steps = rng.normal(size=(variants + 1, HORIZON, BEFORE + COUNT)) * (1 - ROOT**2) ** 0.5
    errors = signal.lfilter([1], [1, -ROOT], steps)[..., BEFORE:]
    return np.sqrt(((errors[:1] + OWN * errors[1:]) ** 2).mean(axis=-1))


def is_wrong(found: Decisions, means: np.ndarray) -> bool:
    """Whether anything claimed is not so."""
    for pair in found.pairs:
        difference = (means[pair.a] - means[pair.b]) / means[pair.b]
        if pair.verdict is Verdict.BETTER and difference >= 0:
            return True
        if pair.verdict is Verdict.WORSE and difference <= 0:
            return True
        if pair.verdict is Verdict.EQUIVALENT and abs(difference) >= MARGIN:
            return True
    return False


def rates(
    rng: np.random.Generator,
    kind: str,
    means: np.ndarray,
    deviation: float,
    planted: Callable[[Decisions], bool],
    sweeps: int,
) -> tuple[float, float, float]:
    """(share of sweeps that ever claimed anything wrong, that found what was planted, trainings a variant)."""
    wrong = right = trainings = 0
    for _ in range(sweeps):
        rounds = list(sweep(scores_of(rng, kind, means, deviation)))
        wrong += any(is_wrong(found, means) for found, _ in rounds)
        right += any(planted(found) for found, _ in rounds)
        trainings += rounds[-1][1]
    return wrong / sweeps, right / sweeps, trainings / sweeps / len(means)


def last_is_worse(found: Decisions) -> bool:
    """Whether the last variant is shown to be worse than some other."""
    return len(found.means) - 1 in found.beaten


def last_is_equivalent(found: Decisions) -> bool:
    """Whether the last variant is shown to be equivalent to the first."""
    last = len(found.means) - 1
    return any((p.a, p.b) == (0, last) and p.verdict is Verdict.EQUIVALENT for p in found.pairs)


def fixed_plan(variants: int, deviation: float, effect: float) -> int:
    """How many seeds one test of all pairs needs for this effect."""
    normal = np.random.default_rng(0).normal(size=100_000)
    pairs = variants * (variants - 1) // 2
    return seeds_for(deviation * normal, effect, comparisons=pairs, level=LEVEL, power=0.8)


def at_the_margin(variants: int, halfway: float) -> np.ndarray:
    """Means of which the last is worse than the first by the margin, as a share of the last one's, and a hair more."""
    means = np.ones(variants)
    means[-1] = 1 / (1 - MARGIN) + 1e-9
    means[1:-1] += halfway * (means[-1] - 1)
    return means


def rows(sweeps: int, kinds: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The table's rows."""
    rng = np.random.default_rng(0)
    for kind in kinds:
        for variants in (2, 5, 20):
            some = sweeps if variants < 20 else max(sweeps // 10, 1)
            wrong, _, seeds = rates(rng, kind, np.ones(variants), 0.03, lambda _: False, some)
            yield "A/A", kind, f"{variants}", "3 %", f"{100 * wrong:.1f}", "", f"{seeds:.1f}", ""
    for name, halfway, deviation in (("margin worse", 0.0, 0.0125), ("margin apart", 0.5, 0.006)):
        for kind in kinds:
            for variants in (3, 5):
                means = at_the_margin(variants, halfway)
                wrong, _, seeds = rates(rng, kind, means, deviation, lambda _: False, sweeps)
                yield (
                    name,
                    kind,
                    f"{variants}",
                    f"{100 * deviation:.2g} %",
                    f"{100 * wrong:.1f}",
                    "",
                    f"{seeds:.1f}",
                    "",
                )
    for name, effect, deviation, planted in (
        ("2 % worse", 0.02, 0.03, last_is_worse),
        ("0.2 % worse", 0.002, 0.0125, last_is_equivalent),
    ):
        for kind in kinds:
            for variants in (2, 5):
                means = np.ones(variants)
                means[-1] += effect
                wrong, found, seeds = rates(rng, kind, means, deviation, planted, sweeps)
                plans = [fixed_plan(variants, deviation, size) for size in (effect, MARGIN)]
                share = " and ".join(f"{100 * seeds / plan:.0f} % of {plan}" for plan in plans)
                share = share if planted is last_is_worse else ""
                spread = f"{100 * deviation:.2g} %"
                yield (
                    name, kind, f"{variants}", spread,
                    f"{100 * wrong:.1f}", f"{100 * found:.0f}", f"{seeds:.1f}", share,
                )  # fmt: skip


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sweeps", type=int, default=1000)
    parser.add_argument("--noise", nargs="+", choices=[*KINDS, WINDOWS], default=[*KINDS, WINDOWS])
    asked = parser.parse_args()
    line = "{:<12} {:<12} {:>8} {:>7} {:>8} {:>8} {:>6}  {}"
    print(line.format("sweeps", "noise", "variants", "spread", "wrong, %", "found, %", "seeds", "of fixed plans"))
    for row in rows(asked.sweeps, asked.noise):
        print(line.format(*row), flush=True)


if __name__ == "__main__":
    main()
