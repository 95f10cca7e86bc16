"""For every pair of loss variants: the same objective, the same up to a factor, or different."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from harness.audit.mechanism import mechanism
from harness.audit.objective import Function, Objective, deviation, evaluate, gradient_deviation, spread
from harness.audit.oracle import oracle
from harness.audit.probes import Batch, Probe, probes
from harness.audit.rows import distinct_rows, extreme_rows, on_rows
from harness.errors import InputError
from harness.kinds import Config
from harness.spec import LossVariant

SAME, FACTOR, DIFFERENT = "same", "same up to a factor", "different"
# Float32 is off by 1e-6 at most; below that a difference in the formulas is none that training could see.
KERAS_TOLERANCE, ORACLE_TOLERANCE = 1e-5, 1e-6
NO_FORMULA = "no formula is known here: compared by its Keras mechanism alone"
NOT_ITS_FORMULA = "its Keras mechanism does not compute its formula: compared by the mechanism alone"
NO_GRADIENT = "its gradient is 0 on the whole batch"
NOT_FINITE = "its loss or its gradient is not finite on the batch"


@dataclass(frozen=True)
class Variant:
    """One way to train. config: its resolved loss config; weights: as fitted, [outputs] or [n, outputs]."""

    name: str
    loss: LossVariant
    config: Config
    weights: np.ndarray


@dataclass(frozen=True)
class Pair:
    """What two variants are to each other: a's objective is `factor` times b's.

    verdict: SAME, FACTOR or DIFFERENT; factor: 1 where SAME, None where DIFFERENT; evidence: the largest relative
    deviation of values and gradients over all probes and, under per-sample weights, over every training row, by Keras
    or by the formulas; where DIFFERENT, what the best factor leaves.
    """

    a: str
    b: str
    verdict: str
    factor: float | None
    evidence: float


@dataclass(frozen=True)
class Note:
    """What a reader should know of one variant.

    compared: False where it is in no pair, since it is refused or cannot be computed; text: why, or what its verdicts
    rest on and what its check warns of, "" where there is neither; deviation: the largest relative one of its mechanism
    from its formula, None where either is missing; norm: the length of its gradient on the real batch, None where it is
    not compared.
    """

    name: str
    compared: bool
    text: str
    deviation: float | None
    norm: float | None = None


@dataclass(frozen=True)
class Audit:
    """pairs: every two of the variants that can be compared, in their order; notes: one for each variant."""

    pairs: tuple[Pair, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class _Computed:
    """A variant on the probes, by its Keras mechanism and, where it agrees with that, by its formula.

    function: the more exact of the two, for more probes; per_sample: whether its weights differ between samples.
    """

    note: Note
    by_keras: Objective | None = None
    by_formula: Objective | None = None
    function: Function | None = None
    per_sample: bool = False

    def objective(self, exact: bool) -> Objective:
        """On the probes, by the formula where `exact`."""
        objective = self.by_formula if exact else self.by_keras
        assert objective is not None, "only a variant that is compared has one"
        return objective

    def on(self, more: Sequence[Probe]) -> Objective:
        """On further probes, by the more exact of the two."""
        objective = evaluate(self.function, more) if self.function else None
        assert objective is not None, "only a variant that is compared has one"
        return objective


def audit(variants: Sequence[Variant], batch: Batch, batch_size: int) -> Audit:
    """Compares every two variants.

    One batch is not enough: a root over the batch and a mean over it have parallel gradients there, with a factor that
    is another one on the next batch. Here all `probes` must share one factor, in values (up to a constant) and in
    gradients, by Keras's own mechanism in float32 and, where both formulas are known and agree with their mechanisms,
    by the formulas in float64.

    Where weights are per sample, a few samples are not enough either. The probes hold the rows in which the sets of
    weights differ most, and two variants are one objective only if they agree, with that same factor, on the weights of
    every training row: by the formula in float64, or by the mechanism where no formula is known.

    Args:
        variants: each with a name of its own; per-sample weights of all of them have one row for each training sample.
        batch: any number of samples.
        batch_size: what is trained with; no probe is larger, since a batch of one sample makes equal what larger ones
            do not.

    Raises:
        ValueError: two variants of one name, or shapes that do not fit.
    """
    names = [variant.name for variant in variants]
    if len({*names}) != len(names):
        raise ValueError(f"every variant needs a name of its own, got {names}")
    weights = _weights(variants, batch)
    on = probes(batch, batch_size) + on_rows(batch, extreme_rows(weights), batch_size)
    computed = [_compute(variant, own, on, batch_size) for variant, own in zip(variants, weights, strict=True)]
    compared = [variant for variant in computed if variant.note.compared]
    pairs = [_pair(a, b) for a, b in combinations(compared, 2)]
    if any(pair.verdict != DIFFERENT for pair in pairs):
        pairs = _on_every_row(pairs, compared, on_rows(batch, distinct_rows(weights), batch_size))
    return Audit(tuple(pairs), tuple(variant.note for variant in computed))


def _weights(variants: Sequence[Variant], batch: Batch) -> list[np.ndarray]:
    """Of each variant [outputs] or [n, outputs], with a row for each sample and of one n."""
    outputs, least = np.shape(batch.y_true)[-1], 1 + int(np.max(batch.rows, initial=-1))
    given = [np.asarray(variant.weights, np.float64) for variant in variants]
    for variant, weights in zip(variants, given, strict=True):
        if weights.shape != (outputs,) and not (weights.shape[1:] == (outputs,) and len(weights) >= least):
            fits = f"[{outputs}], or [n, {outputs}] with n of at least {least}"
            raise ValueError(f"{variant.name}: weights must be {fits}, got {weights.shape}")
    if len({len(weights) for weights in given if weights.ndim == 2}) > 1:
        raise ValueError("per-sample weights must have one row for each training sample, the same number in all")
    return given


def _compute(variant: Variant, weights: np.ndarray, on: Sequence[Probe], batch_size: int) -> _Computed:
    """A variant on all probes, or why it cannot be compared."""
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            variant.loss.check(weights, batch_size)
        warned = "".join(f"{warning.message}. " for warning in caught)
        function = mechanism(variant.loss, weights)
        by_keras = evaluate(function, on)
    except InputError as error:
        return _Computed(Note(variant.name, False, f"refused: {error}", None))
    except Exception as error:  # a user's own variant may fail in any way, and the others are still to be compared
        return _Computed(Note(variant.name, False, f"cannot be computed: {type(error).__name__}: {error}", None))
    if by_keras is None or not by_keras.finite:
        return _Computed(Note(variant.name, False, NOT_FINITE, None))
    if not by_keras.gradients.any():
        return _Computed(Note(variant.name, False, NO_GRADIENT, None))
    norm = float(by_keras.norms[0])
    per_sample, formula = weights.ndim == 2, _formula(variant.config, weights)
    by_formula = evaluate(formula, on)
    if by_formula is None:
        return _Computed(
            Note(variant.name, True, warned + NO_FORMULA, None, norm), by_keras, None, function, per_sample
        )
    apart = deviation(by_keras, by_formula)
    if apart > KERAS_TOLERANCE:
        return _Computed(
            Note(variant.name, True, warned + NOT_ITS_FORMULA, apart, norm), by_keras, None, function, per_sample
        )
    return _Computed(Note(variant.name, True, warned.strip(), apart, norm), by_keras, by_formula, formula, per_sample)


def _formula(config: Config, weights: np.ndarray) -> Function:
    return lambda true, pred, rows: oracle(config, true, pred, weights if weights.ndim == 1 else weights[rows])


def _pair(a: _Computed, b: _Computed) -> Pair:
    ways = [(a.objective(False), b.objective(False), KERAS_TOLERANCE)]
    if a.by_formula and b.by_formula:
        ways.append((a.by_formula, b.by_formula, ORACLE_TOLERANCE))
    one, other, _ = ways[-1]  # the more exact one
    best = float(one.gradients @ other.gradients / (other.gradients @ other.gradients))
    for verdict, factor in ((SAME, 1.0), (FACTOR, best)):
        deviations = [deviation(one, other.times(factor)) for one, other, _ in ways]
        if factor > 0 and all(d <= tolerance for d, (_, _, tolerance) in zip(deviations, ways, strict=True)):
            return Pair(a.note.name, b.note.name, verdict, factor, max(deviations))
    return Pair(a.note.name, b.note.name, DIFFERENT, None, max(deviations))


def _on_every_row(pairs: Sequence[Pair], compared: Sequence[_Computed], on: Sequence[Probe]) -> list[Pair]:
    """The pairs, as DIFFERENT where they do not agree on these probes too. One probe is in memory at a time."""
    by_name = {variant.note.name: variant for variant in compared}
    asked = {
        (pair.a, pair.b): pair.factor
        for pair in pairs
        if pair.factor and (by_name[pair.a].per_sample or by_name[pair.b].per_sample)
    }
    names = list(dict.fromkeys(name for pair in asked for name in pair))
    values, apart = {name: [] for name in names}, dict.fromkeys(asked, 0.0)
    for probe in on if asked else ():
        objectives = {name: by_name[name].on([probe]) for name in names}
        for name, objective in objectives.items():
            values[name].append(objective.values[0])
        for (a, b), factor in asked.items():
            apart[a, b] = max(apart[a, b], gradient_deviation(objectives[a], objectives[b].times(factor)))
    confirmed = []
    for pair in pairs:
        if (pair.a, pair.b) in asked:
            a, b = by_name[pair.a], by_name[pair.b]
            exact = a.by_formula is not None and b.by_formula is not None
            ends = [np.r_[v.objective(exact).values, values[v.note.name]] for v in (a, b)]
            largest = max(apart[pair.a, pair.b], spread(ends[0], pair.factor * ends[1]))
            agree = largest <= (ORACLE_TOLERANCE if exact else KERAS_TOLERANCE)
            pair = replace(pair, evidence=max(pair.evidence, largest)) if agree else _different(pair, largest)
        confirmed.append(pair)
    return confirmed


def _different(pair: Pair, evidence: float) -> Pair:
    return Pair(pair.a, pair.b, DIFFERENT, None, evidence)
