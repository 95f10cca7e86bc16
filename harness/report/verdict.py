"""The verdict on some variants: what is best, what is equivalent to it, and what remains open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.metrics import Metric
from harness.statistics.decide import Decisions, Pair, decide
from harness.statistics.decide import Verdict as Known

# By variant, by (seed, fold).
Scores = Mapping[str, Mapping[tuple[int, int], float]]
# So many variants are named in a sentence.
NAMED = 5
# Scores nearer than this share of their mean are one: one objective under two names ends nearer than that.
ALIKE = 1e-4


@dataclass(frozen=True)
class Verdict:
    """What is known of the variants on one problem.

    Attributes:
        on: the problem, "" where there is one alone.
        groups: the variants, as `decisions` counts them; those whose scores are the same on every seed are one.
        decisions: all pairs.
        seeds: how many each variant has.
        folds: how many test spans a score is the mean of.
        metric, name: what the variants are compared by, and its name in the store.
        margin: differences below it do not matter; None: all do.
        baseline: (name, score) of the best naive baseline, or None.
    """

    on: str
    groups: Sequence[Sequence[str]]
    decisions: Decisions
    seeds: Sequence[int]
    folds: int
    metric: Metric
    name: str
    margin: float | None
    baseline: tuple[str, float] | None

    @property
    def names(self) -> list[str]:
        """Of the groups; what all of one end with is written once."""
        return [joined(group) for group in self.groups]

    @property
    def pairs(self) -> dict[str, Pair]:
        """By variant, its pair with the best one; a variant without enough seeds in common has none."""
        return {self.names[other]: pair for other, pair in self.decisions.against(self.decisions.leader).items()}

    @property
    def best(self) -> str:
        """The variant with the best mean, of those that are not shown to be worse than another."""
        return self.names[self.decisions.leader]

    @property
    def decided(self) -> bool:
        """Whether nothing remains open."""
        return self.decisions.decided

    @property
    def out(self) -> list[str]:
        """The variants that need no further seeds: worse than another, the same as one before, or without a result."""
        gone = self.decisions.beaten | {place for place, seeds in enumerate(self.seeds) if not seeds}
        return [name for place, group in enumerate(self.groups) for name in (group if place in gone else group[1:])]

    @property
    def open(self) -> list[str]:
        """The variants that are neither shown to be worse than the best one nor equivalent to it."""
        known = {*self.worse, *self.equivalent, self.best}
        return [name for name, seeds in zip(self.names, self.seeds, strict=True) if seeds and name not in known]

    @property
    def equivalent(self) -> list[str]:
        """The variants that are shown to be equivalent to the best one, within the margin."""
        return [self.names[place] for place in self.decisions.to_leader(Known.EQUIVALENT)]

    @property
    def worse(self) -> list[str]:
        """The variants that are shown to be worse than the best one, or than another."""
        return [self.names[place] for place in self.decisions.to_leader(Known.WORSE)]

    @property
    def needed(self) -> int | None:
        """About how many seeds decide what is open, if what is seen by now is true; None where no number does."""
        pairs = [self.pairs.get(name) for name in self.open]
        numbers = [pair.needed for pair in pairs if pair]
        known = [number for number in numbers if number is not None]
        return max(known) if known and len(known) == len(pairs) else None

    def sentences(self) -> list[str]:
        """Three: what is best, what is equivalent to it, and what remains open; where names are one, a fourth."""
        texts = [self._best_and_worse(), self._equivalent(), self._open()]
        if any(len(group) > 1 for group in self.groups):
            texts.append("Variants joined by = have the same scores on every seed: one objective under several names.")
        return [self._on(text) for text in texts]

    def as_json(self) -> dict[str, object]:
        """For programs; differences are shares of the mean of the best one."""
        leader = self.decisions.leader
        return {
            "on": self.on,
            "metric": self.name,
            "decided": self.decided,
            "best": self.best,
            "mean": float(self.decisions.means[leader]),
            "seeds": int(self.seeds[leader]),
            "worse": [self.as_json_of(name) for name in self.worse],
            "equivalent": [self.as_json_of(name) for name in self.equivalent],
            "open": [self.as_json_of(name) for name in self.open],
            "margin": self.margin,
            "seeds_needed": self.needed,
            "baseline": None if self.baseline is None else {"name": self.baseline[0], "score": self.baseline[1]},
            "sentences": self.sentences(),
        }

    def as_json_of(self, name: str) -> dict[str, Any]:
        """One variant beside the best one."""
        pair = self.pairs.get(name)
        if pair is None:
            return {"variant": name}
        sign = 1 if pair.b == self.decisions.leader else -1
        low, high = sorted((sign * pair.low, sign * pair.high))
        return {
            "variant": name,
            "difference": sign * pair.difference,
            "low": low,
            "high": high,
            "seeds": pair.seeds,
            "p": pair.p_value,
            "p_equivalent": None if np.isnan(pair.p_equivalent) else pair.p_equivalent,
        }

    def _on(self, text: str) -> str:
        return f"{self.on}: {text}" if self.on else text

    def _best_and_worse(self) -> str:
        leader, worse = self.decisions.leader, self.worse
        mean = float(self.decisions.means[leader])
        over = counted(self.seeds[leader], "seed") + (f" and {self.folds} folds" if self.folds > 1 else "")
        text = f"{self.best} has the best mean {self.name}, {mean:.4g} over {over}{self._beside_baseline(mean)}"
        if not worse:
            return f"{text}. No variant is shown to be worse."
        pairs = self.pairs
        shown = [_with_size(name, pairs.get(name)) for name in worse]
        return f"{text}. Shown to be worse: {_listed(shown)}."

    def _beside_baseline(self, mean: float) -> str:
        if self.baseline is None:
            return ""
        name, score = self.baseline
        gain = 100 * abs(mean - score) / abs(score) if score else np.nan
        word = "better" if self.metric.better(mean, score) else "worse"
        return f", {gain:.3g} % {word} than the naive baseline {name.replace('_', ' ')}"

    def _equivalent(self) -> str:
        if self.margin is None:
            return "No margin is set, so that nothing can be shown to be equivalent: report.margin."
        within = f"within {100 * self.margin:.2g} %"
        if not self.equivalent:
            return f"None is shown to be equivalent to it {within}."
        return f"Equivalent to it {within}: {_listed(self.equivalent)}."

    def _open(self) -> str:
        if self.decided:
            return "Nothing remains open."
        if not self.open:
            return "What gave no result remains open."
        text = f"Open, neither worse nor equivalent: {_listed(self.open)}"
        if self.needed is None:
            return f"{text}."
        return f"{text}. If the differences are as they look now, about {counted(self.needed, 'seed')} decide."


def verdict_on(
    scores: Scores,
    baselines: Mapping[str, float],
    *,
    on: str,
    metric: Metric,
    name: str,
    confidence: float,
    margin: float | None,
    by_looks: bool,
) -> Verdict:
    """The verdict on two variants or more.

    A score of several folds is their mean: a seed counts where it has all of them.

    Args:
        scores, baselines: of `metric`, whose name in the store is `name`.
        on, margin: see `Verdict`; confidence, by_looks: see `decide`.
    """
    seeds = sorted({seed for own in scores.values() for seed, _ in own})
    folds = sorted({fold for own in scores.values() for _, fold in own})
    values = [[[own.get((seed, fold), np.nan) for fold in folds] for seed in seeds] for own in scores.values()]
    matrix = np.array(values, np.float64).reshape(len(scores), len(seeds), -1).mean(axis=2)
    lower = metric.lower_is_better
    groups = alike(matrix)
    # Where the first of a group was not trained, another may have been.
    matrix = np.array([_first_known(matrix[group]) for group in groups])
    decisions = decide(matrix, confidence=confidence, margin=margin, lower_is_better=lower, by_looks=by_looks)
    best = min(baselines, key=lambda key: float(metric.lowest_is_best(baselines[key])), default=None)
    counts = [int(count) for count in np.isfinite(matrix).sum(axis=1)]
    baseline = None if best is None else (best, baselines[best])
    names = list(scores)
    members = [[names[place] for place in group] for group in groups]
    return Verdict(on, members, decisions, counts, len(folds), metric, name, margin, baseline)


def alike(matrix: np.ndarray) -> list[list[int]]:
    """The rows of [variants, seeds] in groups that are the same on every seed that they share, of two or more."""
    groups: list[list[int]] = []
    for place, row in enumerate(matrix):
        for group in groups:
            first = matrix[group[0]]
            both = np.isfinite(first) & np.isfinite(row)
            if both.sum() >= 2 and np.abs(first - row)[both].max() <= ALIKE * np.abs(first[both]).mean():
                group.append(place)
                break
        else:
            groups.append([place])
    return groups


def _first_known(rows: np.ndarray) -> np.ndarray:
    """Of each column of [rows, seeds] the first value that is not NaN."""
    return rows[np.isfinite(rows).argmax(axis=0), np.arange(rows.shape[1])]


def _with_size(name: str, pair: Pair | None) -> str:
    """The variant, and by how much it differs from the best one."""
    if pair is None or not np.isfinite(pair.difference):
        return name
    return f"{name} (by {100 * abs(pair.difference):.2g} %)"


def joined(group: Sequence[str]) -> str:
    """The name of variants that are one; what all of theirs end with is written once."""
    words = [name.split() for name in group]
    alike = 0
    while alike < min(map(len, words)) - 1 and len({tuple(each[-alike - 1 :]) for each in words}) == 1:
        alike += 1
    if len(group) == 1 or not alike:
        return " = ".join(group)
    return " ".join([" = ".join(" ".join(each[:-alike]) for each in words), *words[0][-alike:]])


def _listed(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f", and {more} more" if more > 0 else "")


def counted(number: int, what: str) -> str:
    """The number and the word for what is counted, in the plural where there are several."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
