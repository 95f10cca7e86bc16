"""For every pair of loss variants: the same objective, the same up to a factor, or different."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from harness.audit.mechanism import mechanism
from harness.audit.oracle import oracle
from harness.audit.probes import Batch, probes
from harness.errors import InputError
from harness.spec import LossVariant

SAME, FACTOR, DIFFERENT = "same", "same up to a factor", "different"
# Float32 is off by 1e-6 at most; below that a difference in the formulas is none that training could see.
KERAS_TOLERANCE, ORACLE_TOLERANCE = 1e-5, 1e-6
NO_FORMULA = "no formula is known here: judged by its Keras mechanism alone"
NOT_ITS_FORMULA = "its Keras mechanism does not compute its formula: judged by the mechanism alone"
NO_GRADIENT = "its gradient is 0 on the whole batch"
NOT_FINITE = "its loss or its gradient is not finite on the batch"


@dataclass(frozen=True)
class Variant:
    """One way to train. config: its resolved loss config; weights: as fitted, [outputs] or [n, outputs]."""

    name: str
    loss: LossVariant
    config: Mapping[str, Any]
    weights: np.ndarray


@dataclass(frozen=True)
class Pair:
    """What two variants are to each other: a's objective is `factor` times b's.

    verdict: SAME, FACTOR or DIFFERENT; factor: 1 where SAME, None where DIFFERENT; evidence: the largest relative
    deviation of values and gradients over all probes, by Keras or by the formulas; where DIFFERENT, what the best
    factor leaves.
    """

    a: str
    b: str
    verdict: str
    factor: float | None
    evidence: float


@dataclass(frozen=True)
class Note:
    """What is to be said of one variant.

    compared: False where it is in no pair, since it is refused or cannot be computed; text: why, or what its verdicts
    rest on, "" where Keras and the formula agree; deviation: the largest relative one of its mechanism from its
    formula, None where either is missing.
    """

    name: str
    compared: bool
    text: str
    deviation: float | None


@dataclass(frozen=True)
class Audit:
    """pairs: every two of the variants that can be compared, in their order; notes: one for each variant."""

    pairs: tuple[Pair, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class _Objective:
    """What a variant gives on the probes. values: [probes]; gradients: all entries of all probes; starts: [probes]."""

    values: np.ndarray
    gradients: np.ndarray
    starts: np.ndarray


@dataclass(frozen=True)
class _Seen:
    note: Note
    by_keras: _Objective | None = None
    by_formula: _Objective | None = None


def audit(variants: Sequence[Variant], batch: Batch, batch_size: int) -> Audit:
    """Compares every two variants.

    One batch is not enough: a root over the batch and a mean over it have parallel gradients there, with a factor that
    is another one on the next batch. Here all `probes` must share one factor, in values (up to a constant) and in
    gradients, by Keras's own mechanism in float32 and, where both formulas are known and agree with their mechanisms,
    by the formulas in float64.

    Args:
        variants: each with a name of its own.
        batch: any number of samples.
        batch_size: what is trained with; no probe is larger, since a batch of one sample makes equal what larger ones
            do not.

    Raises:
        ValueError: two variants of one name, or shapes that do not fit.
    """
    names = [variant.name for variant in variants]
    if len({*names}) != len(names):
        raise ValueError(f"every variant needs a name of its own, got {names}")
    seen = [_seen(variant, probes(batch, batch_size), batch_size) for variant in variants]
    compared = [each for each in seen if each.note.compared]
    return Audit(tuple(_pair(a, b) for a, b in combinations(compared, 2)), tuple(each.note for each in seen))


def _seen(variant: Variant, on: list, batch_size: int) -> _Seen:
    """A variant on all probes, or why it cannot be compared."""
    weights = _weights(variant, on)
    try:
        variant.loss.check(weights, batch_size)
        by_keras = _objective(mechanism(variant.loss, weights), on)
    except InputError as error:
        return _Seen(Note(variant.name, False, f"refused: {error}", None))
    except Exception as error:  # a user's own variant may fail in any way, and the others are still to be compared
        return _Seen(Note(variant.name, False, f"cannot be computed: {type(error).__name__}: {error}", None))
    if not (np.isfinite(by_keras.values).all() and np.isfinite(by_keras.gradients).all()):
        return _Seen(Note(variant.name, False, NOT_FINITE, None))
    if not by_keras.gradients.any():
        return _Seen(Note(variant.name, False, NO_GRADIENT, None))
    by_formula = _objective(_formula(variant.config, weights), on)
    if by_formula is None:
        return _Seen(Note(variant.name, True, NO_FORMULA, None), by_keras)
    deviation = _deviation(by_keras, by_formula)
    if deviation > KERAS_TOLERANCE:
        return _Seen(Note(variant.name, True, NOT_ITS_FORMULA, deviation), by_keras)
    return _Seen(Note(variant.name, True, "", deviation), by_keras, by_formula)


def _weights(variant: Variant, on: list) -> np.ndarray:
    """[outputs] or [n, outputs], with a row for each sample."""
    weights, outputs = np.asarray(variant.weights, np.float64), on[0][0].shape[1]
    least = 1 + max(rows.max() for _, _, rows in on)
    if weights.shape != (outputs,) and not (
        weights.ndim == 2 and weights.shape[1] == outputs and weights.shape[0] >= least
    ):
        fits = f"[{outputs}], or [n, {outputs}] with n of at least {least}"
        raise ValueError(f"{variant.name}: weights must be {fits}, got {weights.shape}")
    return weights


def _formula(config: Mapping[str, Any], weights: np.ndarray) -> Callable:
    return lambda true, pred, rows: oracle(config, true, pred, weights if weights.ndim == 1 else weights[rows])


def _objective(function: Callable, on: list) -> _Objective | None:
    found = [function(*probe) for probe in on]
    if None in found:
        return None
    ends = np.cumsum([gradient.size for _, gradient in found])
    gradients = np.concatenate([gradient.ravel() for _, gradient in found])
    return _Objective(np.array([value for value, _ in found]), gradients, np.r_[0, ends[:-1]])


def _pair(a: _Seen, b: _Seen) -> Pair:
    ways = [(a.by_keras, b.by_keras, KERAS_TOLERANCE)]
    if a.by_formula and b.by_formula:
        ways.append((a.by_formula, b.by_formula, ORACLE_TOLERANCE))
    one, other, _ = ways[-1]  # the more exact one
    best = float(one.gradients @ other.gradients / (other.gradients @ other.gradients))
    for verdict, factor in ((SAME, 1.0), (FACTOR, best)):
        deviations = [_deviation(one, _times(factor, other)) for one, other, _ in ways]
        if factor > 0 and all(d <= tolerance for d, (_, _, tolerance) in zip(deviations, ways, strict=True)):
            return Pair(a.note.name, b.note.name, verdict, factor, max(deviations))
    return Pair(a.note.name, b.note.name, DIFFERENT, None, max(deviations))


def _times(factor: float, objective: _Objective) -> _Objective:
    return _Objective(factor * objective.values, factor * objective.gradients, objective.starts)


def _deviation(a: _Objective, b: _Objective) -> float:
    """The largest one: of values relative to the largest value, of a gradient's entry to the largest of its probe."""
    highest = max(np.abs(a.values).max(), np.abs(b.values).max())
    values = np.ptp(a.values - b.values) / highest if highest else 0.0
    peaks = [np.maximum.reduceat(np.abs(g), a.starts) for g in (a.gradients, b.gradients, a.gradients - b.gradients)]
    largest = np.maximum(peaks[0], peaks[1])
    return float(max(values, np.max(peaks[2] / np.where(largest > 0, largest, 1))))
