"""Which variants are one objective under several names: by the audit, and by what they were trained to."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from harness.audit.audit import DIFFERENT, FACTOR, SAME, Audit, Batch, Pair, audit
from harness.audit.audit import Variant as Audited
from harness.errors import InputError
from harness.kinds import Config
from harness.report.criterion import Criterion
from harness.report.results import Results, Variant
from harness.report.section import Section, Table
from harness.report.step_size import depends_on_scale, one_learning_rate
from harness.run import Run
from harness.spec import LossVariant

TITLE = "Equivalent objectives"
NOT_YOURS = "not built: its module is not one of yours"
TARGET = "._target_"

BuildLoss = Callable[[Config], LossVariant]


def equivalence(results: Results, criterion: Criterion, build_loss: BuildLoss) -> Section:
    """For every pair of variants: one objective, one up to a factor, or two; by values and gradients on a real batch.

    build_loss: makes the loss variant of a trial's config; raises InputError for one that may not be built, which is
    then left out of the pairs, with a note.
    """
    groups: dict[tuple, list[Variant]] = {}
    for variant in results.variants:
        if variant.first.batch:
            groups.setdefault(_trained_alike(variant), []).append(variant)
    dropped = len(results.variants) - sum(map(len, groups.values()))
    pairs, notes, scaled, norms = [], [], [], []
    for members in groups.values():
        found, refused = _audited(members, build_loss)
        pairs += found.pairs
        why = depends_on_scale(members[0].first.params)
        sentences, tables = one_learning_rate(why, found.pairs, found.notes)
        scaled += sentences
        norms += [replace(table, name=f"{table.name}_{len(norms)}" if norms else table.name) for table in tables]
        notes += [*([note.name, note.text] for note in found.notes if note.text), *refused]
    caption = (
        "Two variants are the same where Keras's own computation and a NumPy oracle agree on values and gradients over "
        "several batches of this data and, where weights are per sample, on the weights of every training row; the "
        "deviation is the largest one. Last column: how far apart the trained networks ended, mean over the seeds "
        "that both have."
    )
    columns = ["variant", "other", "verdict", "factor", "largest deviation", f"difference in {criterion.name} [%]"]
    rows = [_row(pair, results, criterion) for pair in pairs]
    tables = [*([Table("equivalence", caption, columns, rows)] if rows else []), *norms]
    if notes:
        tables.append(Table("audit_notes", "What the verdicts on single variants rest on.", ["variant", "note"], notes))
    return Section(TITLE, [*_sentences(pairs, results, criterion, dropped, notes), *scaled], tables)


def _audited(members: Sequence[Variant], build_loss: BuildLoss) -> tuple[Audit, list[list[str]]]:
    """The audit of variants that were trained alike, and (name, why) of those whose loss is not built."""
    # One objective and one set of weights is one audit, at however many sizes it was trained.
    distinct = {(_loss(variant), variant.first.tags["weights_hash"]): variant for variant in reversed(members)}
    built, refused = [], []
    for variant in reversed(distinct.values()):
        trained = variant.first
        try:
            loss = build_loss(trained.config)
        except InputError as error:
            why = f"{NOT_YOURS} ({error})" if error.key.endswith(TARGET) else f"not built: {error}"
            refused.append([variant.name, why])
        else:
            built.append(Audited(variant.name, loss, trained.config["loss"], trained.weights))
    first = members[0].first
    batch = Batch(first.batch["y_true"], first.batch["y_pred"], first.batch["rows"])
    return audit(built, batch, _batch_size(first)), refused


def _trained_alike(variant: Variant) -> tuple:
    """The rows of a batch are the same samples, in batches of one size, under one kind of optimizer."""
    batch, scale = variant.first.batch, depends_on_scale(variant.first.params)
    return _batch_size(variant.first), scale, batch["rows"].tobytes(), batch["y_true"].tobytes()


def _batch_size(trained: Run) -> int:
    return int(trained.params["train.batch_size"])


def _loss(variant: Variant) -> str:
    return str(sorted((key, value) for key, value in variant.first.params.items() if key.startswith("loss")))


def _row(pair: Pair, results: Results, criterion: Criterion) -> list:
    return [pair.a, pair.b, pair.verdict, pair.factor, pair.evidence, _apart(pair, results, criterion)]


def _apart(pair: Pair, results: Results, criterion: Criterion) -> float | None:
    """By how many per cent the scores of the first differ from those of the other; None without common seeds."""
    one, other = results.variant(pair.a), results.variant(pair.b)
    seeds = sorted(one.seeds.keys() & other.seeds.keys())
    a, b = (np.array([v.seeds[seed].metrics[criterion.name] for seed in seeds]) for v in (one, other))
    if not seeds or not b.all():
        return None
    return 100 * float(np.mean((a - b) / np.abs(b)))


def _sentences(
    pairs: Sequence[Pair], results: Results, criterion: Criterion, dropped: int, notes: Sequence[list[str]]
) -> list[str]:
    sentences = []
    for verdict, words in ((SAME, "the same objective"), (FACTOR, "the same objective up to a factor")):
        for pair in (pair for pair in pairs if pair.verdict == verdict):
            factor = f" ({pair.factor:.4g})" if verdict == FACTOR else ""
            apart = _apart(pair, results, criterion)
            share = "" if apart is None else "less than 0.001" if abs(apart) < 1e-3 else f"{abs(apart):.2g}"
            ended = f"; trained, they ended {share} % apart" if share else ""
            sentences.append(f"{pair.a} and {pair.b} are {words}{factor}{ended}.")
    different = sum(pair.verdict == DIFFERENT for pair in pairs)
    if pairs:
        sentences.append(f"{different} of {len(pairs)} pairs are different objectives.")
    else:
        sentences.append("Fewer than two objectives can be compared here.")
    sentences += [f"{name}: {why}." for name, why in notes if why.startswith(NOT_YOURS)]
    if dropped:
        sentences.append(f"{dropped} variants keep no batch of training samples, and cannot be audited.")
    return sentences
