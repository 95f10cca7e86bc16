"""Which variants are one objective under several names: by the audit, and by what they were trained to."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from harness.audit.audit import DIFFERENT, FACTOR, SAME, Batch, Pair, audit
from harness.audit.audit import Variant as Audited
from harness.report.results import Results, Variant
from harness.report.section import Section, Table

TITLE = "The equivalence audit"


def equivalence(results: Results, metric: str, build_loss: Callable[[Mapping[str, Any]], Any]) -> Section:
    """For every pair of variants: one objective, one up to a factor, or two; by values and gradients on a real batch.

    build_loss: makes the loss variant of a trial's config.
    """
    groups: dict[tuple, list[Variant]] = {}
    for each in results.variants:
        if each.first.batch:
            groups.setdefault(_trained_alike(each), []).append(each)
    pairs, notes, dropped = [], [], len(results.variants) - sum(map(len, groups.values()))
    for members in groups.values():
        # One objective and one set of weights is one audit, at however many sizes it was trained.
        distinct = {(_loss(each), each.first.run.tags["weights_hash"]): each for each in reversed(members)}
        first = members[0].first
        batch = Batch(first.batch["y_true"], first.batch["y_pred"], first.batch["rows"])
        found = audit([_audited(each, build_loss) for each in distinct.values()][::-1], batch, _batch_size(first))
        pairs += found.pairs
        notes += found.notes
    rows = [_row(pair, results, metric) for pair in pairs]
    caption = (
        "Two variants are the same where Keras's own computation and a NumPy oracle agree on values and gradients over "
        "several batches of this data; the deviation is the largest seen. Last column: how far apart the trained "
        "networks ended, mean over the seeds that both have."
    )
    columns = ["variant", "other", "verdict", "factor", "largest deviation", f"difference in {metric} [%]"]
    tables = [Table("equivalence", caption, columns, rows)] if rows else []
    told = [[note.name, note.text] for note in notes if note.text]
    if told:
        tables.append(Table("audit_notes", "What the verdicts on single variants rest on.", ["variant", "note"], told))
    return Section(TITLE, _sentences(pairs, results, metric, dropped), tables)


def _audited(variant: Variant, build_loss) -> Audited:
    config = variant.first.config
    return Audited(variant.name, build_loss(config), config["loss"], variant.first.weights)


def _trained_alike(variant: Variant) -> tuple:
    """The rows of a batch are the same samples, in batches of one size."""
    batch = variant.first.batch
    return _batch_size(variant.first), batch["rows"].tobytes(), batch["y_true"].tobytes()


def _batch_size(trained) -> int:
    return int(trained.run.params["train.batch_size"])


def _loss(variant: Variant) -> str:
    return str(sorted((k, v) for k, v in variant.first.run.params.items() if k.startswith("loss")))


def _row(pair: Pair, results: Results, metric: str) -> list:
    verdict = "up to a factor" if pair.verdict == FACTOR else pair.verdict
    return [pair.a, pair.b, verdict, pair.factor, pair.evidence, _apart(pair, results, metric)]


def _apart(pair: Pair, results: Results, metric: str) -> float | None:
    one, other = results.variant(pair.a), results.variant(pair.b)
    seeds = one.seeds.keys() & other.seeds.keys()
    if not seeds:
        return None
    return 100 * float(np.mean([one.seeds[s].metrics[metric] / other.seeds[s].metrics[metric] - 1 for s in seeds]))


def _sentences(pairs, results, metric, dropped) -> list[str]:
    said = []
    for verdict, words in ((SAME, "the same objective"), (FACTOR, "the same objective up to a factor")):
        for pair in (each for each in pairs if each.verdict == verdict):
            factor = f" ({pair.factor:.4g})" if verdict == FACTOR else ""
            apart = _apart(pair, results, metric)
            share = "" if apart is None else "less than 0.001" if abs(apart) < 1e-3 else f"{abs(apart):.2g}"
            ended = f"; trained, they ended {share} % apart" if share else ""
            said.append(f"{pair.a} and {pair.b} are {words}{factor}{ended}.")
    different = sum(pair.verdict == DIFFERENT for pair in pairs)
    if pairs:
        said.append(f"{different} of {len(pairs)} pairs are different objectives.")
    else:
        said.append("There is only one objective here: nothing to compare.")
    if dropped:
        said.append(f"{dropped} variants were trained before batches were kept, and cannot be audited.")
    return said
